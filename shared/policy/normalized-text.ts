// Normalizes text for matching: letter case, accents, full-width and styled letters, look-alikes of
// other scripts, invisible characters and runs of spaces. Words are normalized the same way, so
// words of any script match themselves. Keeps a map back to the original.

import type { Range } from '../privacy/detect/detector.ts';

export interface NormalizedText {
  readonly text: string;
  /** `text` as UTF-16 code units. */
  readonly codes: Uint8Array | Uint16Array;
  /** Maps a range to the original text, including invisible characters in and after it. */
  original(range: Range): Range;
}

/** Letters that look like Latin ones, in pairs, in lower case. */
const LOOK_ALIKES = [
  'аa вb сc ԁd еe ёe ғf һh нh іi їi јj кk ӏl мm оo рp ԛq ѕs тt ѵv ԝw хx уy', // Cyrillic
  'αa βb ϲc εe ηh ιi κk μm νv οo ρp τt υy χx ζz', // Greek
  'օo ոn սu հh ցg զq', // Armenian
  'ıi łl øo đd ħh ŧt ɑa ɡg ɩi ʟl ƒf ᴀa ʙb ᴄc ᴅd ᴇe ꜰf ɢg ʜh ɪi ᴊj ᴋk ᴍm ɴn ᴏo ᴘp ʀr ꜱs ᴛt ᴜu ᴠv ᴡw ʏy ᴢz',
  `‘' ’' ‚' ʼ' \`' ´' “" ”" „" «" »" ‐- ‑- ‒- –- —- ―- −-`,
];

const NORMALIZATION_BY_CHARACTER = new Map([
  ...LOOK_ALIKES.flatMap((row) => row.split(' ')).map((pair): [string, string] => {
    const [character = '', ...normalization] = pair;
    return [character, normalization.join('')];
  }),
  ['ß', 'ss'],
  ['æ', 'ae'],
  ['œ', 'oe'],
]);

/** Accents on letters; excludes marks that are letters of their own script. */
const ACCENTS =
  /[\p{Mn}&&[\p{sc=Inherited}\p{sc=Hebrew}\p{sc=Arabic}\p{sc=Latin}\p{sc=Greek}\p{sc=Cyrillic}]]/gv;
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Cf}]/gu;
/** Any of these, and spaces. */
const SPECIAL = new RegExp(`${ACCENTS.source}|${INVISIBLE.source}|\\s`, 'v');
const SPACE = 0x20;
const CACHE_ENTRIES_MAX = 20_000;

const normalizations = { lower: new Map<number, string>(), cased: new Map<number, string>() };
type Kind = keyof typeof normalizations;

/** Buffer for a window of text; not used beyond one call. */
const scratch = Buffer.allocUnsafeSlow(64 * 1024);

/** Normalized ASCII by code; 0 if dropped. */
const ASCII = { lower: asciiTable(true), cased: asciiTable(false) };

/** Normalizes a text in linear time; `keepsCase` keeps capitals. */
export function normalizeText(text: string, { keepsCase = false } = {}): NormalizedText {
  const kind = keepsCase ? 'cased' : 'lower';
  return isAsciiText(text) ? normalizeAscii(text, kind) : normalizeUnicode(text, kind);
}

/** Faster than to look at each unit. */
export function isAsciiText(text: string): boolean {
  return Buffer.byteLength(text) === text.length;
}

/** Fast path for most texts; builds the map to the original only on demand. */
function normalizeAscii(text: string, kind: Kind): NormalizedText {
  const table = ASCII[kind];
  const bytes = text.length <= scratch.length ? scratch : Buffer.allocUnsafeSlow(text.length);
  const length = bytes.write(text, 'latin1');
  let count = 0;
  let last = 0;
  for (let at = 0; at < length; at += 1) {
    const normalized = table[bytes[at] ?? 0] ?? 0;
    if (normalized === 0 || (normalized === SPACE && last === SPACE)) continue;
    bytes[count] = last = normalized;
    count += 1;
  }
  let full: NormalizedText | undefined;
  return {
    text: bytes.toString('latin1', 0, count),
    codes: new Uint8Array(bytes.subarray(0, count)),
    original: (range) => (full ??= normalizeUnicode(text, kind)).original(range),
  };
}

function normalizeUnicode(text: string, kind: Kind): NormalizedText {
  const ascii = ASCII[kind];
  let codes = new Uint16Array(text.length + 64);
  let starts = new Int32Array(text.length + 65);
  let ends = new Int32Array(text.length + 65);
  let count = 0;
  const append = (code: number, start: number, end: number) => {
    // Collapses a run of spaces; it ends where the next character starts.
    if (code === SPACE && count > 0 && codes[count - 1] === SPACE) return;
    if (count === codes.length) {
      codes = grown(codes, new Uint16Array(count * 2));
      starts = grown(starts, new Int32Array(count * 2 + 1));
      ends = grown(ends, new Int32Array(count * 2 + 1));
    }
    codes[count] = code;
    starts[count] = start;
    ends[count++] = end;
  };
  for (let at = 0; at < text.length;) {
    const code = text.charCodeAt(at);
    if (code < 0x80) {
      const normalized = ascii[code] ?? 0;
      if (normalized !== 0) append(normalized, at, at + 1);
      at += 1;
      continue;
    }
    const point = text.codePointAt(at) ?? code;
    const end = at + (point > 0xffff ? 2 : 1);
    const normalized = normalizationOf(point, kind);
    for (let index = 0; index < normalized.length; index++)
      append(normalized.charCodeAt(index), at, end);
    at = end;
  }
  starts[count] = text.length;
  return {
    text: Buffer.from(codes.buffer, 0, count * 2).toString('utf16le'),
    codes: codes.subarray(0, count),
    original: ({ start, end }) => ({
      start: starts[start] ?? text.length,
      end: Math.max(ends[end - 1] ?? 0, starts[end] ?? text.length),
    }),
  };
}

/** What a character normalizes to, in lower case. */
export function normalizedCharacter(point: number): string {
  return point < 0x80
    ? normalizeText(String.fromCharCode(point)).text
    : normalizationOf(point, 'lower');
}

function normalizationOf(point: number, kind: Kind): string {
  const cache = normalizations[kind];
  const known = cache.get(point);
  if (known !== undefined) return known;
  const normalization = computeNormalization(String.fromCodePoint(point), kind);
  if (cache.size >= CACHE_ENTRIES_MAX) cache.clear();
  cache.set(point, normalization);
  return normalization;
}

function computeNormalization(character: string, kind: Kind): string {
  const decomposed = character.normalize('NFKD');
  // Most characters.
  if (decomposed === character && !SPECIAL.test(character))
    return normalizedLetter(character, kind);
  const plain = decomposed.replace(INVISIBLE, '').replace(ACCENTS, '');
  return Array.from(plain, (char) => (/\s/.test(char) ? ' ' : normalizedLetter(char, kind))).join(
    '',
  );
}

function normalizedLetter(char: string, kind: Kind): string {
  const lower = char.toLowerCase();
  const normalization = NORMALIZATION_BY_CHARACTER.get(lower) ?? lower;
  return kind === 'lower' || char === lower ? normalization : normalization.toUpperCase();
}

function asciiTable(toLower: boolean): Uint16Array {
  return Uint16Array.from({ length: 0x80 }, (_, code) => {
    if (code === 0x60) return 0x27;
    if (code === SPACE || (code >= 9 && code <= 13)) return SPACE;
    if (code < SPACE || code === 0x7f) return 0;
    return toLower ? String.fromCharCode(code).toLowerCase().charCodeAt(0) : code;
  });
}

function grown<Codes extends Uint16Array | Int32Array>(old: Codes, larger: Codes): Codes {
  larger.set(old);
  return larger;
}
