// The values behind a request's placeholders. The scrubber sends them only to the ingress that
// holds the request; they stay in memory and are never logged, stored, cached or passed on.

import * as z from 'zod';
import { readWhole } from '../protocol/skew.ts';
import { LargeMap } from '../runtime/large-map.ts';

/** A replacement in a document, in code points of the scrubbed text. */
const replacement = z.tuple([z.int().nonnegative(), z.int().positive(), z.int().nonnegative()]);

const vaultSchema = z.strictObject({
  /** Value by placeholder, for the placeholders issued in this request. */
  values: z.custom<Readonly<Record<string, string>>>(isTextRecord),
  /** Number of replacements by entity. */
  counts: z.record(z.string(), z.int().nonnegative()),
  /** Placeholders that stood for JSON numbers; absent if there are none. */
  numbers: z.array(z.string()).exactOptional(),
  /** Number of values by entity that passed because the upstream uses them, such as in URLs. */
  unscrubbed: z.record(z.string(), z.int().positive()).exactOptional(),
  /** Replacements by document index, in text order; they correct citation offsets. */
  documents: z.record(z.string(), z.array(replacement)),
  /** Where values may be restored in URLs; in none if absent. */
  urls: z
    .union([
      z.enum(['never', 'always']),
      z.strictObject({ named: z.array(z.string()), holding: z.array(z.string()) }),
    ])
    .exactOptional(),
  /** Number of base64 documents and images, which are not scanned. */
  opaque: z.int().nonnegative(),
  /** Present when another part of the vault follows. */
  more: z.literal(true).exactOptional(),
});

export type VaultPart = z.infer<typeof vaultSchema>;

/** A part as it was received. */
export type ReceivedPart = Omit<VaultPart, 'values'> & {
  readonly values: Iterable<readonly [placeholder: string, value: string]>;
};

/** What the ingress knows of a request. */
export type Vault = Omit<VaultPart, 'more' | 'values'> & { readonly values: IssuedValues };

/** Values by placeholder. */
export interface IssuedValues extends Pick<ReadonlyMap<string, string>, 'get' | 'size'> {
  /** In no particular order. */
  entries(): Iterable<[string, string]>;
}

/** Values from the parts of a vault. */
export class CollectedValues implements IssuedValues {
  readonly #values = new LargeMap<string>();

  get size(): number {
    return this.#values.size;
  }

  add(values: ReceivedPart['values']): void {
    for (const [placeholder, value] of values) this.#values.set(placeholder, value);
  }

  get(placeholder: string): string | undefined {
    return this.#values.get(placeholder);
  }

  entries(): Iterable<[string, string]> {
    return this.#values;
  }
}

const EMPTY_REST = Object.freeze({
  counts: Object.freeze({}),
  documents: Object.freeze({}),
  opaque: 0,
});

/** Deeply frozen: requests without values share it. */
export const EMPTY_VAULT: Vault = Object.freeze({
  values: Object.freeze(new CollectedValues()),
  ...EMPTY_REST,
});

/** Values in one part, which takes about a millisecond to encode and to decode. */
const PART_VALUES = 512;

/** Encodes a vault in parts, each of which takes about a millisecond. */
export function* vaultParts(
  values: Iterable<readonly [string, string]>,
  rest: Omit<VaultPart, 'values' | 'more'>,
): Generator<Uint8Array> {
  let part: (readonly [string, string])[] = [];
  for (const pair of values) {
    if (part.length === PART_VALUES) {
      yield encodePart(part, { ...EMPTY_REST, more: true });
      part = [];
    }
    part.push(pair);
  }
  yield encodePart(part, rest);
}

/** Parts by the bytes that they were encoded to. */
const partByBytes = new WeakMap<Uint8Array, ReceivedPart>();

/** Joins the properties: an object of thousands of new keys is slow. */
function encodePart(
  values: readonly (readonly [string, string])[],
  rest: Omit<VaultPart, 'values'>,
): Uint8Array {
  const properties = values.map(
    ([placeholder, value]) => `"${placeholder}":${JSON.stringify(value)}`,
  );
  const fields = JSON.stringify(rest).slice(1);
  const bytes = Buffer.from(`{"values":{${properties.join(',')}},${fields}`);
  partByBytes.set(bytes, { ...rest, values });
  return bytes;
}

/** Decodes a part, unless the process itself has encoded these bytes. Throws as `decodeVault`. */
export function receivedPart(bytes: Uint8Array): ReceivedPart {
  const known = partByBytes.get(bytes);
  if (known) return known;
  const { values, ...rest } = decodeVault(bytes);
  return { ...rest, values: Object.entries(values) };
}

/** @throws UnreadableError for a newer one, or another TypeError that, unlike the parsers' own errors, quotes no input */
export function decodeVault(bytes: Uint8Array): VaultPart {
  return readWhole(vaultSchema, bytes, 'a vault');
}

/** Several times as fast as a zod record. */
function isTextRecord(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((each) => typeof each === 'string');
}
