import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scanJson } from '../../../../shared/json/parse.ts';
import type { JsonNode, JsonString } from '../../../../shared/json/parse.ts';
import { property, splice, stringAt, stringLiteral } from '../../../../shared/json/edit.ts';
import { jsonSample, jsonText, reread, stringFields } from '../../../kit/json-text.ts';
import { checkProperty } from '../../../kit/properties.ts';

const anyString = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
);

/** A text, some of its strings in any order, and new values. */
const replacements = jsonText.chain((text) => {
  const root = scanJson(text);
  return fc.record({
    text: fc.constant(text),
    root: fc.constant(root),
    textFields: fc.shuffledSubarray(stringFields(root)),
    values: fc.infiniteStream(anyString),
  });
});

function editOf(node: JsonNode, value: string) {
  return { start: node.start, end: node.end, text: stringLiteral(value) };
}

function propertyText(text: string, key: string): string | undefined {
  const node = property(scanJson(text), text, key);
  return node && text.slice(node.start, node.end);
}

describe('splice', () => {
  it('replaces one string and leaves all other characters unchanged', () => {
    checkProperty(
      fc.property(replacements, ({ text, root, textFields: [textField], values }) => {
        fc.pre(textField !== undefined);
        const value = values.next().value;
        const spliced = splice(text, [editOf(textField, value)]);
        const after = text.length - textField.end;
        expect(spliced.slice(0, textField.start)).toBe(text.slice(0, textField.start));
        expect(spliced.slice(spliced.length - after)).toBe(text.slice(textField.end));
        const expected = reread(text, root, new Map([[textField, value]]));
        expect(isDeepStrictEqual(reread(spliced, scanJson(spliced)), expected)).toBe(true);
      }),
      { runs: 500 },
    );
  });

  it('applies any number of edits in any order', () => {
    checkProperty(
      fc.property(replacements, ({ text, root, textFields, values }) => {
        const replaced = new Map(textFields.map((textField) => [textField, values.next().value]));
        const edits = Array.from(replaced, ([textField, value]) =>
          Object.freeze(editOf(textField, value)),
        );
        const spliced = splice(text, Object.freeze(edits));
        const expected = reread(text, root, replaced);
        expect(isDeepStrictEqual(reread(spliced, scanJson(spliced)), expected)).toBe(true);
      }),
      { runs: 500 },
    );
  });

  it('returns the same text without edits', () => {
    checkProperty(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(splice(text, [])).toBe(text);
      }),
    );
  });

  it('keeps big integers, 1.0, duplicate keys, order and whitespace', () => {
    const text = '{ "n": 12345678901234567890,\t"f":1.0, "b":"\\u0041\\/", "a":"old" ,"b":-0e1}\n';
    const textField = property(scanJson(text), text, 'a');
    expect(textField).toBeDefined();
    expect(splice(text, textField ? [editOf(textField, 'new')] : [])).toBe(
      text.replace('old', 'new'),
    );
  });

  it('inserts at one offset in the order given, before a replacement that starts there', () => {
    const edits = [
      { start: 1, end: 2, text: 'B' },
      { start: 1, end: 1, text: '1' },
      { start: 1, end: 1, text: '2' },
      { start: 2, end: 3, text: 'C' },
      { start: 3, end: 3, text: '!' },
    ];
    expect(splice('abc', edits)).toBe('a12BC!');
  });

  it.each<[string, [number, number][]]>([
    [
      'overlapping',
      [
        [0, 2],
        [1, 3],
      ],
    ],
    [
      'equal',
      [
        [0, 2],
        [0, 2],
      ],
    ],
    [
      'nested',
      [
        [0, 3],
        [1, 2],
      ],
    ],
    [
      'inserting inside another',
      [
        [0, 3],
        [1, 1],
      ],
    ],
    ['starting before the text', [[-1, 1]]],
    ['ending after the text', [[2, 4]]],
    ['entirely after the text', [[4, 4]]],
    ['ending before they start', [[2, 1]]],
    ['fractional', [[0.5, 1]]],
    ['not a number', [[Number.NaN, 1]]],
  ])('throws for edits that are %s', (_, ranges) => {
    const edits = ranges.map(([start, end]) => ({ start, end, text: '' }));
    expect(() => splice('abc', edits)).toThrow(RangeError);
    expect(() => splice('abc', edits.toReversed())).toThrow(RangeError);
  });
});

describe('stringLiteral', () => {
  it('round-trips through UTF-8, including lone surrogates', () => {
    checkProperty(
      fc.property(anyString, (value) => {
        const literal = stringLiteral(value);
        const node: JsonString = { kind: 'string', start: 0, end: literal.length };
        expect(Buffer.from(literal).toString()).toBe(literal);
        expect(stringAt(literal, node)).toBe(value);
      }),
    );
    expect(stringLiteral('\ud83d')).toBe('"\\ud83d"');
    expect(stringLiteral('😀')).toBe('"😀"');
  });
});

describe('property', () => {
  it('returns the value of every key and nothing for others', () => {
    checkProperty(
      fc.property(jsonSample, fc.string(), ({ text, value }, other) => {
        const root = scanJson(text);
        fc.pre(root.kind === 'object');
        const values = new Map<string, unknown>(Object.entries(Object(value)));
        for (const key of [...values.keys(), other]) {
          const node = property(root, text, key);
          const found = node && { value: reread(text, node) };
          const expected = values.has(key) ? { value: values.get(key) } : undefined;
          expect(isDeepStrictEqual(found, expected)).toBe(true);
        }
      }),
      { runs: 300 },
    );
  });

  it('reads an escaped key correctly, whatever was parsed before', () => {
    // JSON.parse in Node 24 returns `\u0073` here: https://github.com/nodejs/node/issues/63785
    JSON.parse('{"first":0,"\\\\u0073":1}');
    expect(propertyText('{"first":0,"\\u0073ystem":1}', 'system')).toBe('1');
    expect(propertyText('{"first":0,"\\u0073ystem":1}', '\\u0073')).toBeUndefined();
  });

  it('returns the last of duplicate keys, however they are escaped', () => {
    expect(propertyText('{"a":1,"\\u0061":2,"b":3}', 'a')).toBe('2');
    expect(propertyText('{"\\u0061":1,"a":2}', 'a')).toBe('2');
  });

  it('compares keys by value, not by literal', () => {
    expect(propertyText('{"\\n":1}', '\\n')).toBeUndefined();
    expect(propertyText('{"\\n":1}', '\n')).toBe('1');
    expect(propertyText('{"\\\\n":1}', '\\n')).toBe('1');
  });

  it('is undefined for an absent key and for other types', () => {
    expect(propertyText('{"a":{"b":1}}', 'b')).toBeUndefined();
    expect(propertyText('{}', 'toString')).toBeUndefined();
    expect(propertyText('["a"]', '0')).toBeUndefined();
    expect(propertyText('"a"', 'length')).toBeUndefined();
  });
});
