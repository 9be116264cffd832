import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { replacementsOf, sentOffset } from '../../../services/scrubber/citations.ts';
import { LruCache } from '../../../shared/runtime/lru-cache.ts';
import { rawOffsets } from '../../../shared/json/offsets.ts';
import { finish } from '../../kit/finish.ts';
import { checkProperty } from '../../kit/properties.ts';

describe('rawOffsets()', () => {
  it('maps each character of a value to its literal, however it is escaped', () => {
    const chunk = fc.constantFrom(
      'a',
      '\\n',
      '\\"',
      '\\\\',
      '\\u0041',
      '\\ud83d\\ude00',
      'é',
      '😀',
      '\\/',
    );
    checkProperty(
      fc.property(fc.array(chunk, { maxLength: 20 }), (chunks) => {
        const literal = `"${chunks.join('')}"`;
        const value = JSON.parse(literal) as string;
        const offsets = rawOffsets(literal, [...Array(value.length + 1).keys()]);
        for (let at = 0; at < value.length; at += 1) {
          const raw = literal.slice(offsets[at], offsets[at + 1]);
          expect(JSON.parse(`"${raw}"`)).toBe(value[at]);
        }
        expect(offsets.at(-1)).toBe(literal.length - 1);
      }),
    );
  });
});

describe('the cache of texts', () => {
  it('evicts the least recently used entry', () => {
    const cache = new LruCache<number>(2);
    cache.set('a', 1);
    cache.set('b', 2);
    expect(cache.get('a')).toBe(1);
    cache.set('c', 3);
    expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual([1, undefined, 3]);
  });

  it('distinguishes texts', () => {
    expect(LruCache.keyOf('a')).not.toBe(LruCache.keyOf('b'));
    expect(LruCache.keyOf('ü')).toBe(LruCache.keyOf('ü'));
  });
});

describe('citation offsets', () => {
  it('point to the same characters in the text sent upstream', () => {
    const literal = '"😀 MAIL ann@x.org AND bob@y.org!"';
    const node = { kind: 'string' as const, start: 0, end: literal.length };
    const edits = ['ann@x.org', 'bob@y.org'].map((value, n) => {
      const start = literal.indexOf(value);
      return { start, end: start + value.length, text: n === 0 ? 'PII_EMAIL_aaaaaaaa' : 'P' };
    });
    const replacements = finish(replacementsOf(literal, node, edits));
    const original = Array.from(JSON.parse(literal) as string);
    const sent = Array.from('😀 MAIL PII_EMAIL_aaaaaaaa AND P!');
    for (const [at, character] of original.entries()) {
      // Lower-case letters occur only in the values.
      if (/[a-z@.]/.test(character)) continue;
      expect(sent[sentOffset(at, replacements)]).toBe(character);
    }
    expect(sentOffset(original.length, replacements)).toBe(sent.length);
  });
});
