import { describe, expect, it } from 'vitest';
import { seedPhrase } from '../../../../../../shared/privacy/detect/detectors/seed-phrase.ts';
import { secretsIn } from '../../../../../kit/find-secret.ts';

const SEED = 'legal winner thank year wave sausage worth useful legal winner thank yellow';
const LONG = `${SEED} ${SEED}`;

describe('seedPhrase', () => {
  it.each([
    `mnemonic: ${SEED}`,
    `MNEMONIC="${SEED}"`,
    `{"mnemonic": "${SEED}"}`,
    `{\\"mnemonic\\":\\"${SEED}\\"}`,
    `my seed phrase is: ${SEED}.`,
    `My recovery phrase (12 words):\n${SEED}\n`,
    `seed: ${SEED}`,
    `export WALLET_SEED='${SEED}'`,
  ])('finds the words in %s', (text) => {
    expect(secretsIn([seedPhrase], text)).toEqual([`SEED_PHRASE ${SEED}`]);
  });

  it('finds twenty-four words', () => {
    expect(secretsIn([seedPhrase], `mnemonic: ${LONG}`)).toEqual([`SEED_PHRASE ${LONG}`]);
  });

  it.each(['passphrase: "maple otter quartz violin"', 'Passphrase: maple otter quartz violin\n'])(
    'finds a passphrase in %s',
    (text) => {
      expect(secretsIn([seedPhrase], text)).toEqual(['SEED_PHRASE maple otter quartz violin']);
    },
  );

  it.each(['SESSION_SECRET="maple otter quartz violin"', "password: 'maple otter quartz violin'"])(
    'finds quoted words in %s',
    (text) => {
      expect(secretsIn([seedPhrase], text)).toEqual(['SEED_PHRASE maple otter quartz violin']);
    },
  );

  it.each([
    'password: "must contain eight characters"',
    'password = "Maple otter quartz violin"',
    'a mnemonic is a sentence with words that are easy to write down and check again later',
    'the seed is planted every year before winter comes because frost kills weak young plants',
    `mnemonic: ${SEED.split(' ').slice(0, 11).join(' ')}`,
    'passphrase: the phrase must be long enough',
    'passphrase: "enter your passphrase here"',
    'seed = 42',
    'reseed: legal winner',
  ])('finds nothing in %s', (text) => {
    expect(secretsIn([seedPhrase], text)).toEqual([]);
  });
});
