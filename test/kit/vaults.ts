import {
  CollectedValues,
  vaultParts,
  type IssuedValues,
  type VaultPart,
} from '../../shared/privacy/vault.ts';

type Content = Omit<VaultPart, 'more'>;

/** Without values. */
export const EMPTY_CONTENT: Content = { values: {}, counts: {}, documents: {}, opaque: 0 };

/** A vault of few values in its one part, as the scrubber sends it. */
export function encodeVault({ values, ...rest }: Content): Uint8Array {
  const [part, ...more] = vaultParts(new Map(Object.entries(values)), rest);
  if (!part || more.length > 0) throw new RangeError('the vault has several parts');
  return part;
}

export function vaultText(vault: Content): string {
  return Buffer.from(encodeVault(vault)).toString();
}

/** Values as the ingress holds them. */
export function issued(values: Readonly<Record<string, string>>): IssuedValues {
  const collected = new CollectedValues();
  collected.add(Object.entries(values));
  return collected;
}

/** The values of a vault by placeholder. */
export function recordOf(values?: IssuedValues): Record<string, string> {
  return Object.fromEntries(values?.entries() ?? []);
}
