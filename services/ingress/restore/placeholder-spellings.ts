// How models spell the characters of a placeholder: in the other case, full-width, with invisible characters
// between them, and with underscores escaped for Markdown, URLs or HTML. Texts are binary text, but an
// escape of JSON may stand in them as one char of any code.

import { binaryText } from '../../../shared/json/binary-text.ts';

export interface Spelled {
  /** A lower-case letter, a digit, `_` for any separator, or empty for an invisible character. */
  readonly unit: string;
  readonly end: number;
}

interface Node {
  unit: string | undefined;
  readonly next: Map<string, Node>;
}

/** Ranges of code points that are not shown. */
const INVISIBLE: readonly (readonly [from: number, to: number])[] = [
  [0xad, 0xad],
  [0x34f, 0x34f],
  [0x61c, 0x61c],
  [0x180e, 0x180e],
  [0x200b, 0x200f],
  [0x202a, 0x202e],
  [0x2060, 0x2064],
  [0x2066, 0x2069],
  [0xfe00, 0xfe0f],
  [0xfeff, 0xfeff],
];
const FULL_WIDTH = 0xfee0;
const FULL_WIDTH_UNDERSCORE = '\uff3f';

const ESCAPES = ['', '\\', '\\\\', '\\\\\\', '%5c', '%5c%5c'];
const ENTITY_NAMES = ['#95', '#095', '#0095', '#x5f', '#x05f', '#x005f', 'lowbar', 'underbar'];
const SEPARATORS = [
  '_',
  '-',
  FULL_WIDTH_UNDERSCORE,
  '%5f',
  '%255f',
  '%25255f',
  '%ef%bc%bf',
  ...['&', '&amp;', '&amp;amp;'].flatMap((start) =>
    ENTITY_NAMES.flatMap((name) => [start + name, `${start}${name};`]),
  ),
];

const ROOT = spellings();

/** Matches where a placeholder may begin, and not at most other places. */
export function startPattern(): RegExp {
  return /[Pp](?=[Ii]|[^\0-\x7f]|$)|[\uff30\uff50]|\xef(?:\xbc\xb0|\xbd\x90)/g;
}

/**
 * The character of a placeholder that is spelled at `at`; `undefined` if none is, and `cut` if the text ends
 * before that is known.
 */
export function spelledAt(text: string, at: number): Spelled | 'cut' | undefined {
  let node = ROOT;
  let spelled: Spelled | undefined;
  for (let end = at; end < text.length; end += 1) {
    const next = node.next.get(lowerCase(text, end));
    if (!next) return spelled;
    node = next;
    if (node.unit !== undefined) spelled = { unit: node.unit, end: end + 1 };
    if (node.next.size === 0) return spelled;
  }
  return 'cut';
}

/** Only ASCII: other chars are bytes. */
function lowerCase(text: string, at: number): string {
  const code = text.charCodeAt(at);
  return String.fromCharCode(code >= 0x41 && code <= 0x5a ? code + 0x20 : code);
}

function spellings(): Node {
  const root: Node = { unit: undefined, next: new Map() };
  for (const [from, to] of INVISIBLE) {
    for (let code = from; code <= to; code += 1) add(root, String.fromCharCode(code), '');
  }
  for (const unit of 'abcdefghijklmnopqrstuvwxyz0123456789') {
    add(root, unit, unit);
    for (const each of [unit, unit.toUpperCase()]) {
      add(root, String.fromCharCode(each.charCodeAt(0) + FULL_WIDTH), unit);
    }
  }
  for (const escape of ESCAPES) {
    for (const separator of SEPARATORS) add(root, escape + separator, '_');
  }
  return root;
}

/** Adds a spelling as it is, and in its UTF-8 bytes. */
function add(root: Node, spelling: string, unit: string): void {
  for (const text of [spelling, binaryText(spelling)]) {
    let node = root;
    for (const char of text) {
      const next = node.next.get(char) ?? { unit: undefined, next: new Map<string, Node>() };
      node.next.set(char, next);
      node = next;
    }
    node.unit = unit;
  }
}
