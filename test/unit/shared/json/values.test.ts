import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { everyProperty } from '../../../../shared/json/edit.ts';
import { scanJson } from '../../../../shared/json/parse.ts';
import { listed, listedTexts, textsOf, valuesOf } from '../../../../shared/json/values.ts';
import { checkProperty } from '../../../kit/properties.ts';

const escaped = (key: string) =>
  Array.from(key, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');

describe('the values of a key', () => {
  it('are those of all its duplicates, however they are escaped', () => {
    const text = `{"a":"1","aa":"2","a":3,"${escaped('a')}":"4","b":"5","a":["6"],"a":["7"]}`;
    const root = scanJson(text);
    expect(textsOf(root, text, 'a')).toEqual(['1', '4']);
    expect(valuesOf(root, text, 'a')).toHaveLength(5);
    expect(valuesOf(scanJson('["a"]'), '["a"]', 'a')).toEqual([]);
  });

  it('are found in any letter case, as some parsers do', () => {
    const text = `{"type":1,"Type":2,"TYPE":3,"${escaped('tYpe')}":4,"typ":5,"typo":6,"ſkillſ":7}`;
    const root = scanJson(text);
    expect(valuesOf(root, text, 'type')).toHaveLength(4);
    expect(valuesOf(root, text, 'skills')).toHaveLength(1);
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

describe('the items of a value', () => {
  it('are itself, or those of a list in order, however deep', () => {
    const text = '[["a",[["b"]],{"c":["d"]}],[],"e"]';
    const root = scanJson(text);
    expect(listed(root).map(({ start, end }) => text.slice(start, end))).toEqual([
      '"a"',
      '"b"',
      '{"c":["d"]}',
      '"e"',
    ]);
    expect(listedTexts(text, root)).toEqual(['a', 'b', 'e']);
    expect(listedTexts('"a"', scanJson('"a"'))).toEqual(['a']);
  });
});
