// The values behind a request's placeholders. The scrubber sends them only to the ingress that
// holds the request; they stay in memory and are never logged, stored, cached or passed on.

import * as z from 'zod';

/** A replacement in a document, in code points of the scrubbed text. */
const replacement = z.tuple([z.int().nonnegative(), z.int().positive(), z.int().nonnegative()]);

const vaultSchema = z.strictObject({
  /** Value by token, for the tokens issued in this request. */
  values: z.record(z.string(), z.string()),
  /** Number of replacements by entity. */
  counts: z.record(z.string(), z.int().nonnegative()),
  /** Tokens that stood for JSON numbers; absent if there are none. */
  numbers: z.array(z.string()).exactOptional(),
  /** Number of values by entity that passed because the upstream uses them, such as in URLs. */
  unscrubbed: z.record(z.string(), z.int().positive()).exactOptional(),
  /** Replacements by document index, in text order; they correct citation offsets. */
  documents: z.record(z.string(), z.array(replacement)),
  /** Number of base64 documents and images, which are not scanned. */
  opaque: z.int().nonnegative(),
});

export type Vault = z.infer<typeof vaultSchema>;

/** Deeply frozen: requests without values share it. */
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

/** @throws TypeError that, unlike the parsers' own errors, quotes no input */
export function decodeVault(bytes: Uint8Array): Vault {
  try {
    return vaultSchema.parse(JSON.parse(UTF8.decode(bytes)));
  } catch {
    throw new TypeError('The bytes are not a vault.');
  }
}
