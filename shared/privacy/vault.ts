// What only the ingress of a request may know: the values behind its placeholders. Made by the
// scrubber, sent straight home, held in memory as long as the request lives; never logged, stored,
// cached or passed on.

import * as z from 'zod';

/** One replacement in a document's text, in code points of the text that was sent on. */
const replacement = z.tuple([
  /** Where the placeholder starts. */
  z.int().nonnegative(),
  /** Length of the placeholder. */
  z.int().positive(),
  /** Length of what it stands for. */
  z.int().nonnegative(),
]);

const vaultShape = z.strictObject({
  /** Value by token, of the tokens issued in this request. */
  values: z.record(z.string(), z.string()),
  /** Number of replacements by entity. */
  counts: z.record(z.string(), z.int().nonnegative()),
  /** By index of the document in the request: its replacements in order, for citation offsets. */
  documents: z.record(z.string(), z.array(replacement)),
  /** Base64 documents and images, which cannot be looked into. */
  opaque: z.int().nonnegative(),
});

export type Vault = z.infer<typeof vaultShape>;

/** Frozen throughout: it is shared by all requests that have nothing to keep. */
export const EMPTY_VAULT: Vault = Object.freeze({
  values: Object.freeze({}),
  counts: Object.freeze({}),
  documents: Object.freeze({}),
  opaque: 0,
});

const UTF8 = new TextDecoder('utf-8', { fatal: true });

export function encodeVault(vault: Vault): Uint8Array {
  return Buffer.from(JSON.stringify(vault));
}

/** Throws when the bytes are not a vault; unlike the parsers' own errors this one quotes nothing. */
export function decodeVault(bytes: Uint8Array): Vault {
  try {
    return vaultShape.parse(JSON.parse(UTF8.decode(bytes)));
  } catch {
    throw new TypeError('The bytes are not a vault.');
  }
}
