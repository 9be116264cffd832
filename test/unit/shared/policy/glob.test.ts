import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileGlob } from '../../../../shared/policy/glob.ts';
import { checkProperty } from '../../../kit/properties.ts';

describe('a glob', () => {
  it.each([
    ['*', '', true],
    ['*', 'anything', true],
    ['a*', 'abc', true],
    ['*c', 'abc', true],
    ['a*c', 'abc', true],
    ['a*c', 'ac', true],
    ['a*c', 'acb', false],
    ['a?c', 'abc', true],
    ['a?c', 'ac', false],
    ['a*b*c', 'a-b-b-c', true],
    ['a.c', 'abc', false],
    ['[a]', 'a', false],
    ['ABC', 'abc', true],
    ['', '', true],
    ['', 'a', false],
    ['**', 'a', true],
  ])('%j and %j: %s', (glob, name, is) => {
    expect(compileGlob(glob)(name)).toBe(is);
  });

  it('agrees with an equivalent regular expression', () => {
    const glob = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 8 });
    const name = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 10 });
    checkProperty(
      fc.property(glob, name, (pattern, text) => {
        const equivalent = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`);
        expect(compileGlob(pattern)(text)).toBe(equivalent.test(text));
      }),
    );
  });

  it('is not slowed down by many stars', () => {
    expect(compileGlob(`${'a*'.repeat(90)}b`)('a'.repeat(20_000))).toBe(false);
  });
});
