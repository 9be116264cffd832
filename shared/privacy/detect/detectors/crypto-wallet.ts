// Wallet addresses. Bitcoin's have a checksum. Ethereum's checksum is in the letter case and needs
// Keccak, which Node lacks; the format alone matches any 20 bytes in hex, hence the context.

import { base58CheckVersion, bech32Variant } from '../checksums.ts';
import { isDigit, isEscape, isHex, isLower, isUpper, isWord, codeAt } from '../characters.ts';
import type { Detector } from '../detector.ts';

/** Version bytes of key and script addresses; 25 bytes are 26 to 35 characters. */
const VERSIONS = new Set([0, 5]);
const BASE58_LENGTH_MIN = 26;
const BASE58_LENGTH_MAX = 35;
/** BIP 173: programs of 20 or 32 bytes for version 0, 2 to 40 for others. */
const BECH32_LENGTHS_V0 = new Set([42, 62]);
const BECH32_LENGTH_MAX = 74;
const BECH32_LENGTH_MIN = 14;
const ETHEREUM_LENGTH = 42;
const ETHEREUM_VARIETY_MIN = 8;

export const bitcoin: Detector = {
  entity: 'CRYPTO',
  label: 'WALLET',
  tier: 'A',
  // One more for an escape letter such as the `n` of `\n` before the run.
  triggers: [{ kind: 'run', lengthMin: BECH32_LENGTH_MIN, lengthMax: BECH32_LENGTH_MAX + 1 }],
  find(text, runStart, end) {
    const start = isEscape(text, runStart) ? runStart + 1 : runStart;
    const first = codeAt(text, start);
    if (first === 49 || first === 51)
      return isBase58Address(text, start, end) ? { start, end } : undefined;
    if (first !== 98 && first !== 66) return undefined;
    return isBech32Address(text, start, end) ? { start, end } : undefined;
  },
};

export const ethereum: Detector = {
  entity: 'CRYPTO_ETH',
  label: 'WALLET',
  tier: 'B',
  context: (
    'eth,ethereum,wallet,payout,payouts,usdt,usdc,erc20,metamask,deposit,withdraw,withdrawal,donate,donation,donations,' +
    'crypto,btc,bitcoin,polygon,coinbase,binance'
  ).split(','),
  triggers: [{ kind: 'run', lengthMin: ETHEREUM_LENGTH, lengthMax: ETHEREUM_LENGTH }],
  find(text, start, end) {
    if (!text.startsWith('0x', start) || isWord(codeAt(text, start - 1))) return undefined;
    for (let index = start + 2; index < end; index++) {
      if (!isHex(codeAt(text, index))) return undefined;
    }
    // Placeholders and precompiled contracts are mostly zeros.
    const variety = new Set(text.slice(start + 2, end).toLowerCase()).size;
    return variety < ETHEREUM_VARIETY_MIN ? undefined : { start, end };
  },
};

function isBase58Address(text: string, start: number, end: number): boolean {
  const length = end - start;
  if (length < BASE58_LENGTH_MIN || length > BASE58_LENGTH_MAX) return false;
  const version = base58CheckVersion(text.slice(start, end));
  return version !== undefined && VERSIONS.has(version);
}

function isBech32Address(text: string, start: number, end: number): boolean {
  const isAllLower = text.startsWith('bc1', start);
  if (!isAllLower && !text.startsWith('BC1', start)) return false;
  for (let index = start + 3; index < end; index++) {
    const code = codeAt(text, index);
    if (!isDigit(code) && !(isAllLower ? isLower(code) : isUpper(code))) return false;
  }
  const address = text.slice(start, end).toLowerCase();
  const variant = bech32Variant(address);
  return address.charAt(3) === 'q'
    ? variant === 'bech32' && BECH32_LENGTHS_V0.has(address.length)
    : variant === 'bech32m';
}
