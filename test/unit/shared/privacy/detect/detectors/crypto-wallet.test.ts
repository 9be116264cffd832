import {
  bitcoin,
  ethereum,
} from '../../../../../../shared/privacy/detect/detectors/crypto-wallet.ts';
import validator from 'validator';
import { describe, expect, it } from 'vitest';
import { describeDetector } from '../../../../../kit/find-with.ts';

// The address of the genesis block, the test vectors of BIP 173 and 350, and a script address of
// the Bitcoin wiki.
const ADDRESSES = [
  '1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa',
  '3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy',
  'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4',
  'BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4',
  'bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0',
];

describeDetector('the Bitcoin detector', [bitcoin], {
  finds: [
    ...ADDRESSES.map((address) => `pay «${address}», please`),
    'bitcoin:«1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa»?amount=1',
    String.raw`wallet:\n«3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy»`,
  ],
  ignores: [
    '1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb',
    '3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLz',
    'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5',
    'bc1Qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4',
    'BC1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4',
    'bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj1',
    'a1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa',
    '1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNaa',
    '15e1e3d9f6b7a2c4d8e9f1a2b3c4d5e6',
    '3aQ9xKz71LmNp4rStUvWxYz2AbCdEf56',
  ],
});

describeDetector('the Ethereum detector', [ethereum], {
  finds: [
    'ETH «0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed»',
    'my wallet is «0xde0b295669a9fd93d5f28d9ec85e40f4cb697bae».',
    'payout to «0x52908400098527886E0F7030069857D2E4169EE7»',
  ],
  ignores: [
    'object 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed',
    'eth 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe',
    'eth 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed1',
    'eth 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeg',
    'eth _0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed',
    'eth 0x000000000000000000000000000000000000dEaD',
  ],
});

describe('the test wallets', () => {
  it.each(ADDRESSES)('are valid to validator: %s', (address) => {
    expect(validator.isBtcAddress(address.replace(/^BC1.*/, (upper) => upper.toLowerCase()))).toBe(
      true,
    );
  });
});
