// Reads the deltas of a stream in the form that Anthropic's API sends, without a tree of their JSON. Nearly all
// events are such deltas; any other form is parsed.

import { decodedText } from '../../json/binary-text.ts';

/** Deltas that add a string to a block, with the property that holds it. */
export const DELTA_KEYS = {
  text_delta: 'text',
  input_json_delta: 'partial_json',
  thinking_delta: 'thinking',
  signature_delta: 'signature',
} as const;

export type DeltaType = keyof typeof DELTA_KEYS;

const TYPES = Object.entries(DELTA_KEYS).map(([type, key]) => `${type}","${key}`);

/** The whole event. Its JSON is valid, as the string has no control characters and no unknown escapes. */
const DELTA = new RegExp(
  '^event: content_block_delta\\ndata: \\{"type":"content_block_delta",' +
    `"index":(0|[1-9]\\d{0,8}),"delta":\\{"type":"(${TYPES.join('|')})":"` +
    '([^"\\\\\\0-\\x1f]*(?:\\\\(?:["\\\\/bfnrt]|u[\\da-fA-F]{4})[^"\\\\\\0-\\x1f]*)*)"\\} *\\}\\n\\n$',
);

/** Longer events are rare, and parsed in steps. */
export const DELTA_BYTES_MAX = 4_096;

const PREFIX_LENGTH = 'event: content_block_delta\ndata: {"type":"content_block_delta","index":'
  .length;
const MIDDLE_LENGTH = ',"delta":{"type":"'.length;
const QUOTES_LENGTH = '":"'.length;

export class TextDelta {
  /** The block index as raw JSON. */
  readonly index: string;
  readonly type: DeltaType;
  /** The inner text of the string, as binary text of raw JSON. */
  readonly raw: string;
  /** Where it starts in the event. */
  readonly start: number;
  #value: string | undefined;

  constructor(index: string, type: DeltaType, raw: string, start: number) {
    this.index = index;
    this.type = type;
    this.raw = raw;
    this.start = start;
  }

  /** The value of the string. */
  get value(): string {
    return (this.#value ??= valueOf(this.raw));
  }
}

function valueOf(raw: string): string {
  const inner = decodedText(raw);
  if (!inner.includes('\\')) return inner;
  const value: string = JSON.parse(`"${inner}"`);
  return value;
}

/** @param event binary text @returns `undefined` for any other event */
export function textDelta(event: string): TextDelta | undefined {
  const match = DELTA.exec(event);
  if (!match) return undefined;
  const [, index = '', named = '', raw = ''] = match;
  const start = PREFIX_LENGTH + index.length + MIDDLE_LENGTH + named.length + QUOTES_LENGTH;
  return new TextDelta(index, named.slice(0, named.indexOf('"')) as DeltaType, raw, start);
}
