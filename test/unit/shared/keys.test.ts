import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createKey, hashKey, isKeyFormat, parseKey } from '../../../shared/keys.ts';
import { checkProperty } from '../../kit/properties.ts';

const KNOWN = 'llmp_12345678_abcdefghijkmnopqrstuvwxyzABCDEFG6LXg8e';

describe('createKey', () => {
  it('creates keys of the documented format with a valid checksum', () => {
    const key = createKey();
    expect(key).toMatch(/^llmp_[1-9A-HJ-NP-Za-km-z]{8}_[1-9A-HJ-NP-Za-km-z]{38}$/);
    expect(parseKey(key)).toEqual({ id: key.slice(5, 13) });
    expect(isKeyFormat(key)).toBe(true);
  });

  it('never creates the same key or id twice', () => {
    const keys = Array.from({ length: 100 }, createKey);
    expect(new Set(keys).size).toBe(100);
    expect(new Set(keys.map((key) => parseKey(key)?.id)).size).toBe(100);
  });
});

describe('parseKey', () => {
  it('accepts a key created by an earlier version', () => {
    expect(parseKey(KNOWN)).toEqual({ id: '12345678' });
  });

  it('rejects a key with one changed character', () => {
    const key = createKey();
    const position = fc.nat({ max: key.length - 1 });
    checkProperty(
      fc.property(position, fc.string({ minLength: 1, maxLength: 1 }), (index, character) => {
        fc.pre(key[index] !== character);
        expect(parseKey(key.slice(0, index) + character + key.slice(index + 1))).toBeNull();
      }),
    );
  });

  it('rejects shorter and longer texts and surrounding whitespace', () => {
    const key = createKey();
    for (const text of ['', 'llmp_', key.slice(0, -1), `${key}1`, ` ${key}`, `${key}\n`]) {
      expect(parseKey(text)).toBeNull();
      expect(isKeyFormat(text)).toBe(false);
    }
  });
});

describe('hashKey', () => {
  it('returns SHA-256 in lower-case hex', () => {
    expect(hashKey('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });
});
