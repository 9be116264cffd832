import { vaultParts, type Vault } from '../../shared/privacy/vault.ts';

/** A vault of few values in its one part, as the scrubber sends it. */
export function encodeVault({ values, ...rest }: Vault): Uint8Array {
  const [part, ...more] = vaultParts(new Map(Object.entries(values)), rest);
  if (!part || more.length > 0) throw new RangeError('the vault has several parts');
  return part;
}

export function vaultText(vault: Vault): string {
  return Buffer.from(encodeVault(vault)).toString();
}
