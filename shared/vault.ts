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

export const EMPTY_VAULT: Vault = Object.freeze({
  values: {},
  counts: {},
  documents: {},
  opaque: 0,
});

export function encodeVault(vault: Vault): Uint8Array {
  return Buffer.from(JSON.stringify(vault));
}

/** Throws when the bytes are not a vault. */
export function decodeVault(bytes: Uint8Array): Vault {
  return vaultShape.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
}
