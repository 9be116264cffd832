// What one pass over a JSON body learns about it, as numbers in typed arrays: its values, its strings, and
// where keywords and other triggers are in them.

export { ESCAPED, NOT_ASCII, OMITTED } from './assembly/layout.ts';

/** Kinds of a node, in the order of their numbers. */
export const NODE_KINDS = [
  'object',
  'array',
  'key',
  'string',
  'number',
  'true',
  'false',
  'null',
] as const;
export type NodeKind = (typeof NODE_KINDS)[number];

/** Numbers of a node: where it is in bytes and in UTF-16 units of the decoded body, and its relatives. */
export const NODE = {
  kind: 0,
  start: 1,
  /** A string ends after its quote, and a container after its bracket. */
  end: 2,
  /** Node of its container; `NO_NODE` for the root. The value of a key is the next node. */
  parent: 3,
  /** The node after all nodes inside it. */
  next: 4,
  startUnit: 5,
  endUnit: 6,
  /** Of a key or string: its string; `NO_STRING` after an edit of it. */
  string: 7,
} as const;
export const NODE_WORDS = 8;
export const NO_NODE = 0xffffffff;
export const NO_STRING = 0xffffffff;

/** Numbers of a string; its hash has four. */
export const STRING = {
  node: 0,
  /** `ESCAPED`, `NOT_ASCII`, `OMITTED`, and from bit 8 on the bits of its units that are not ASCII. */
  flags: 1,
  /** UTF-16 units of the decoded text. */
  length: 2,
  /** Its first candidate; the next string has that after its last one. */
  candidates: 3,
  hash: 4,
} as const;
export const STRING_WORDS = 8;
export const UNIT_BITS_SHIFT = 8;

/** Numbers of a candidate: the UTF-16 unit in the decoded text, of a keyword its last one, and the trigger. */
export const CANDIDATE_WORDS = 2;

export interface BodyIndex {
  /** Nodes in text order: a container, then what is in it. */
  readonly nodes: Uint32Array;
  readonly strings: Uint32Array;
  /** Candidates of the strings in their order, each string's by position. */
  readonly candidates: Uint32Array;
}

export interface IndexBounds {
  /** Nesting of containers that are not empty, at most `DEPTH_CAPACITY`. */
  readonly depthMax: number;
  /** Values in containers that are listed. */
  readonly valuesMax: number;
  /** Values nested deeper are validated but not listed; unlimited by default. */
  readonly listedDepthMax?: number;
  /** Candidates that are kept; those of a string that exceeds it are left out, and its flags say so. */
  readonly candidatesMax: number;
  /** Whether the texts of strings are searched and hashed; true by default. */
  readonly readsTexts?: boolean;
}

/** The candidates of a string that were kept. */
export function candidatesOf({ strings, candidates }: BodyIndex, string: number): Uint32Array {
  const at = string * STRING_WORDS + STRING.candidates;
  const from = strings[at] ?? 0;
  const to = strings[at + STRING_WORDS] ?? candidates.length / CANDIDATE_WORDS;
  return candidates.subarray(from * CANDIDATE_WORDS, to * CANDIDATE_WORDS);
}
