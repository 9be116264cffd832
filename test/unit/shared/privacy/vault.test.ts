import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeVault,
  EMPTY_VAULT,
  receivedPart,
  vaultParts,
  type VaultPart,
} from '../../../../shared/privacy/vault.ts';
import { checkProperty } from '../../../kit/properties.ts';
import { EMPTY_CONTENT, encodeVault } from '../../../kit/vaults.ts';

const VAULT: VaultPart = {
  values: { PII_EMAIL_7k3qx5ta: 'ann.miller@corp.example' },
  counts: { EMAIL_ADDRESS: 2 },
  documents: { 0: [[4, 18, 23]] },
  opaque: 1,
};

describe('a vault', () => {
  it('survives encoding and decoding', () => {
    const count = fc.nat();
    const text = fc.string({ unit: 'binary' });
    const vault: fc.Arbitrary<VaultPart> = fc.record({
      values: fc.dictionary(fc.stringMatching(/^PII_[A-Z]{2,12}_[a-z2-7]{8}$/), text, {
        noNullPrototype: true,
      }),
      counts: fc.dictionary(fc.stringMatching(/^[A-Z_]{1,9}$/), count, { noNullPrototype: true }),
      documents: fc.dictionary(
        fc.stringMatching(/^\d{1,3}$/),
        fc.array(fc.tuple(count, fc.integer({ min: 1, max: 30 }), count)),
        { noNullPrototype: true },
      ),
      opaque: count,
    });
    checkProperty(
      fc.property(vault, (sent) => {
        expect(decodeVault(encodeVault(sent))).toEqual(sent);
      }),
    );
  });

  it('keeps lone surrogates, which UTF-8 cannot carry', () => {
    const values = { PII_ID_aaaaaaaa: '\ud83d', PII_ID_bbbbbbbb: '\ude00\ud83d' };
    expect(decodeVault(encodeVault({ ...VAULT, values })).values).toEqual(values);
  });

  it('has no value for inherited keys', () => {
    const bytes = Buffer.from('{"values":{"__proto__":"x"},"counts":{},"documents":{},"opaque":0}');
    const { values } = decodeVault(bytes);
    expect(Object.getPrototypeOf(values)).toBe(Object.prototype);
    expect('x' in values).toBe(false);
  });

  it.each([
    ['no bytes', ''],
    ['invalid JSON', 'ann.miller@corp.example'],
    ['truncated JSON', Buffer.from(encodeVault(VAULT)).toString().slice(0, -1)],
    ['another object', '{"ann.miller@corp.example":1}'],
    ['a value that is not a string', '{"values":{"a":1},"counts":{},"documents":{},"opaque":0}'],
    ['an unknown field', JSON.stringify({ ...VAULT, 'ann.miller@corp.example': 1 })],
    ['a missing field', '{"values":{},"counts":{},"documents":{}}'],
    ['a negative count', '{"values":{},"counts":{"A":-1},"documents":{},"opaque":0}'],
    ['a fractional offset', '{"values":{},"counts":{},"documents":{"0":[[0.5,1,1]]},"opaque":0}'],
    ['an empty placeholder', '{"values":{},"counts":{},"documents":{"0":[[0,0,1]]},"opaque":0}'],
    ['null', 'null'],
  ])('is not decoded from %s, and the error quotes nothing', (_, bytes) => {
    let thrown: unknown;
    try {
      decodeVault(Buffer.from(bytes));
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(TypeError);
    expect((thrown as Error).cause).toBeUndefined();
    expect((thrown as Error).stack).not.toContain('miller');
  });

  it('is not decoded from invalid UTF-8, which could change a value', () => {
    const bytes = Buffer.from(encodeVault({ ...VAULT, values: { PII_ID_aaaaaaaa: 'é' } }));
    bytes[bytes.indexOf(0xc3)] = 0xff;
    expect(() => decodeVault(bytes)).toThrow(TypeError);
  });

  it('of thousands of values is sent in parts, the last of which has the rest', () => {
    const values = new Map(Array.from({ length: 1_025 }, (_, n) => [`PII_ID_${n}`, `value ${n}`]));
    const { values: _, ...rest } = { ...VAULT, counts: { ID: 1_025 }, opaque: 1 };
    const parts = [...vaultParts(values, rest)].map(decodeVault);
    expect(parts.map((part) => Object.keys(part.values).length)).toEqual([512, 512, 1]);
    expect(parts.map(({ more }) => more)).toEqual([true, true, undefined]);
    expect(parts.at(-1)).toMatchObject(rest);
    expect(Object.assign({}, ...parts.map((part) => part.values))).toEqual(
      Object.fromEntries(values),
    );
  });

  it('is received as it was encoded, in its process as in any other', () => {
    const value = fc.string({ unit: 'binary' });
    const values = fc.dictionary(fc.stringMatching(/^PII_[A-Z]{2,12}_[a-z2-7]{8}$/), value);
    checkProperty(
      fc.property(values, (issued) => {
        const bytes = encodeVault({ ...VAULT, values: issued });
        const here = receivedPart(bytes);
        const elsewhere = receivedPart(Uint8Array.from(bytes));
        expect({ ...here, values: new Map(here.values) }).toEqual({
          ...elsewhere,
          values: new Map(elsewhere.values),
        });
      }),
    );
  });

  it('is frozen when empty, because requests share it', () => {
    const { values: _, ...rest } = EMPTY_VAULT;
    expect(decodeVault(encodeVault(EMPTY_CONTENT))).toMatchObject(rest);
    for (const part of [EMPTY_VAULT.values, EMPTY_VAULT.counts, EMPTY_VAULT.documents]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
  });
});
