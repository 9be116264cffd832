import fc from 'fast-check';
import validator from 'validator';
import { describe, expect, it } from 'vitest';
import {
  base58CheckVersion,
  bech32Variant,
  luhn,
  mod11And10,
  mod11Radix2,
  mod97,
  verhoeff,
  weightedSum,
} from '../../../../../shared/privacy/detect/checksums.ts';
import { digits, ENDINGS } from '../../../../kit/find-with.ts';
import { checkProperty } from '../../../../kit/properties.ts';

/** Appends the ending that makes the body valid. */
function completed(body: string, isValid: (text: string) => boolean, endings = ENDINGS): string {
  const ending = endings.find((each) => isValid(body + each));
  if (ending === undefined) throw new Error(`nothing completes ${body}`);
  return body + ending;
}

const DIGIT_CHECKS = {
  luhn,
  verhoeff,
  'MOD 11,10': mod11And10,
  'modulo 97': (text: string) => mod97(text) === 1,
};

describe.each(Object.entries(DIGIT_CHECKS))('%s', (name, isValid) => {
  const endings = name.includes('97')
    ? ENDINGS.flatMap((tens) => ENDINGS.map((ones) => tens + ones))
    : ENDINGS;

  it('catches each single wrong digit', () => {
    checkProperty(
      fc.property(digits(11), fc.nat(10), fc.integer({ min: 1, max: 9 }), (body, place, change) => {
        const valid = completed(body, isValid, endings);
        const wrong = (Number(valid.charAt(place)) + change) % 10;
        expect(isValid(valid)).toBe(true);
        expect(isValid(valid.slice(0, place) + wrong + valid.slice(place + 1))).toBe(false);
      }),
    );
  });
});

describe('verhoeff', () => {
  it('catches each transposition of neighbours', () => {
    checkProperty(
      fc.property(digits(11), fc.nat(9), (body, place) => {
        const valid = completed(body, verhoeff);
        const [left = '', right = ''] = valid.slice(place, place + 2);
        const swapped = valid.slice(0, place) + right + left + valid.slice(place + 2);
        expect(verhoeff(swapped)).toBe(left === right);
      }),
    );
  });
});

describe('luhn', () => {
  it('agrees with validator', () => {
    checkProperty(
      fc.property(digits(16), (text) => {
        expect(luhn(text)).toBe(validator.isLuhnNumber(text));
      }),
    );
  });
});

describe('MOD 11-2', () => {
  it.each(['11010519491231002X', '440524188001010014'])('accepts %s', (text) => {
    expect(mod11Radix2(text)).toBe(true);
  });

  it('catches each single wrong digit', () => {
    checkProperty(
      fc.property(digits(17), fc.nat(16), fc.integer({ min: 1, max: 9 }), (body, place, change) => {
        const valid = completed(body, mod11Radix2, [...ENDINGS, 'X']);
        const wrong = (Number(valid.charAt(place)) + change) % 10;
        expect(mod11Radix2(valid.slice(0, place) + wrong + valid.slice(place + 1))).toBe(false);
      }),
    );
  });
});

describe('modulo 97', () => {
  it('supports long numbers', () => {
    checkProperty(
      fc.property(digits(30), (text) => {
        expect(BigInt(mod97(text))).toBe(BigInt(text) % 97n);
      }),
    );
  });

  it('counts letters as 10 to 35', () => {
    expect(mod97('A1Z')).toBe(mod97('10135'));
  });
});

describe('the weighted sum', () => {
  it('is limited to the length of the weights', () => {
    expect(weightedSum('1239', [1, 10, 100])).toBe(321);
  });
});

describe('base58check', () => {
  const address = '1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa';

  it.each([
    [address, 0],
    ['3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy', 5],
    ['1111111111111111111114oLvT2', 0],
  ])('returns the version of %s', (text, version) => {
    expect(base58CheckVersion(text)).toBe(version);
  });

  it('catches each single wrong letter', () => {
    const wrong = Array.from(address, (right, place) =>
      Array.from('1Az')
        .filter((letter) => letter !== right)
        .map((letter) => address.slice(0, place) + letter + address.slice(place + 1)),
    ).flat();
    expect(wrong.filter((text) => base58CheckVersion(text) !== undefined)).toEqual([]);
  });

  it.each(['0A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa', 'zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz'])(
    'rejects %s, which is not 25 bytes in base58',
    (text) => {
      expect(base58CheckVersion(text)).toBeUndefined();
    },
  );
});

describe('bech32', () => {
  // Test vectors of BIP 173 and BIP 350.
  it.each([
    ['bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4', 'bech32'],
    ['bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0', 'bech32m'],
    ['a1lqfn3a', 'bech32m'],
    ['a12uel5l', 'bech32'],
    ['bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5', undefined],
    ['bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3tb', undefined],
  ])('reads %s as %s', (text, variant) => {
    expect(bech32Variant(text)).toBe(variant);
  });
});
