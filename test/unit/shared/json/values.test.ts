import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { everyProperty } from '../../../../shared/json/edit.ts';
import { scanJson } from '../../../../shared/json/parse.ts';
import { itemsOf, textsOf, valuesOf } from '../../../../shared/json/values.ts';
import { checkProperty } from '../../../kit/properties.ts';

const escaped = (key: string) =>
  Array.from(key, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');

describe('the values of a key', () => {
  it('are those of all its duplicates, however they are escaped', () => {
    const text = `{"a":"1","aa":"2","a":3,"${escaped('a')}":"4","b":"5","a":["6"],"a":["7"]}`;
    const root = scanJson(text);
    expect(textsOf(root, text, 'a')).toEqual(['1', '4']);
    expect(valuesOf(root, text, 'a')).toHaveLength(5);
    expect(itemsOf(root, text, 'a').map(({ start, end }) => text.slice(start, end))).toEqual([
      '"6"',
      '"7"',
    ]);
    expect(valuesOf(scanJson('["a"]'), '["a"]', 'a')).toEqual([]);
  });

  it('are the same as those of everyProperty', () => {
    const key = fc.constantFrom('type', 'typ', 'types', 'tüpe', '"', String.raw`\u0074ype`);
    const properties = fc.array(fc.tuple(key, fc.boolean(), fc.jsonValue()));
    checkProperty(
      fc.property(properties, key, (pairs, wanted) => {
        const written = pairs.map(([name, isEscaped, value]) => {
          const literal = isEscaped ? `"${escaped(name)}"` : JSON.stringify(name);
          return `${literal}:${JSON.stringify(value)}`;
        });
        const text = `{${written.join(',')}}`;
        const root = scanJson(text);
        expect(valuesOf(root, text, wanted)).toEqual([...everyProperty(root, text, wanted)]);
      }),
    );
  });
});
