// JSON texts that no serializer writes: odd whitespace, needless escapes, duplicate keys, huge numbers.
// Each comes with its value, because JSON.parse misreads some escaped keys (Node 24,
// https://github.com/nodejs/node/issues/63785).

import * as fc from 'fast-check';
import type { JsonNode, JsonString } from '../../shared/json/parse.ts';
import { stringAt } from '../../shared/json/edit.ts';

/** A JSON text and its value. */
interface Sample<Value = unknown> {
  readonly text: string;
  readonly value: Value;
}

const space = fc.oneof(
  { weight: 3, arbitrary: fc.constant('') },
  fc.stringMatching(/^[ \n\r\t]{0,6}$/),
);

const escaped: Record<string, string> = {
  '\\"': '"',
  '\\\\': '\\',
  '\\/': '/',
  '\\b': '\b',
  '\\f': '\f',
  '\\n': '\n',
  '\\r': '\r',
  '\\t': '\t',
};

const character: fc.Arbitrary<Sample<string>> = fc.oneof(
  { weight: 4, arbitrary: fc.stringMatching(/^[ !#-[\]-~]$/).map(plain) },
  // Any UTF-16 code unit, including lone surrogates.
  fc.integer({ min: 0x7f, max: 0xffff }).map((code) => plain(String.fromCharCode(code))),
  fc.constantFrom('\u2028', '😀', '\u007f').map(plain),
  fc.constantFrom(...Object.entries(escaped)).map(([text, value]) => ({ text, value })),
  fc.stringMatching(/^[0-9a-fA-F]{4}$/).map((hex) => ({
    text: `\\u${hex}`,
    value: String.fromCharCode(Number.parseInt(hex, 16)),
  })),
  // Long enough to leave the parser's loop for short strings.
  fc.integer({ min: 20, max: 40 }).map((length) => plain('x'.repeat(length))),
);

const string: fc.Arbitrary<Sample<string>> = fc
  .array(character, { maxLength: 12 })
  .map((characters) => ({
    text: `"${characters.map(({ text }) => text).join('')}"`,
    value: characters.map(({ value }) => value).join(''),
  }));

const key: fc.Arbitrary<Sample<string>> = fc.oneof(
  fc.constantFrom('a', '__proto__', '0', '', '\\').map((name) => ({
    text: JSON.stringify(name),
    value: name,
  })),
  fc.constant({ text: '"\\u0061"', value: 'a' }),
  string,
);

const number: fc.Arbitrary<Sample> = fc
  .oneof(
    fc.stringMatching(/^-?(0|[1-9][0-9]{0,25})(\.[0-9]{1,5})?([eE][+-]?[0-9]{1,4})?$/),
    fc.constantFrom('12345678901234567890', '1.0', '-0', '1E400', '0e-0'),
  )
  .map((text) => ({ text, value: Number(text) }));

const word: fc.Arbitrary<Sample> = fc.constantFrom(
  { text: 'true', value: true },
  { text: 'false', value: false },
  { text: 'null', value: null },
);

const { any } = fc.letrec<{ any: Sample }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 4, depthSize: 'medium' },
    { weight: 3, arbitrary: string },
    { weight: 1, arbitrary: number },
    { weight: 1, arbitrary: word },
    { weight: 3, arbitrary: array(spaced(tie('any'))) },
    { weight: 3, arbitrary: object(spaced(tie('any'))) },
  ),
}));

/** Any JSON text with its value; the last of duplicate keys counts. */
export const jsonSample: fc.Arbitrary<Sample> = spaced(any);

/** Any JSON text. */
export const jsonText: fc.Arbitrary<string> = jsonSample.map(({ text }) => text);

function array(item: fc.Arbitrary<Sample>): fc.Arbitrary<Sample> {
  return fc.tuple(fc.array(item, { maxLength: 5 }), space).map(([items, inner]) => ({
    text: `[${items.map(({ text }) => text).join(',') || inner}]`,
    value: items.map(({ value }) => value),
  }));
}

function object(item: fc.Arbitrary<Sample>): fc.Arbitrary<Sample> {
  const entry = fc.tuple(spaced(key), item);
  return fc.tuple(fc.array(entry, { maxLength: 5 }), space).map(([entries, inner]) => ({
    text: `{${entries.map(([name, { text }]) => `${name.text}:${text}`).join(',') || inner}}`,
    value: Object.fromEntries(entries.map(([name, { value }]) => [name.value, value])),
  }));
}

function spaced<Value>(sample: fc.Arbitrary<Sample<Value>>): fc.Arbitrary<Sample<Value>> {
  return fc
    .tuple(space, sample, space)
    .map(([before, { text, value }, after]) => ({ text: before + text + after, value }));
}

function plain(text: string): Sample<string> {
  return { text, value: text };
}

/** Reads the value under `node` from its nodes, except for the strings in `replaced`. */
export function reread(
  text: string,
  node: JsonNode,
  replaced: ReadonlyMap<JsonNode, string> = new Map(),
): unknown {
  if (node.kind === 'array') return node.items.map((item) => reread(text, item, replaced));
  if (node.kind === 'string') return replaced.get(node) ?? stringAt(text, node);
  if (node.kind !== 'object') return JSON.parse(text.slice(node.start, node.end));
  return Object.fromEntries(
    node.properties.map((entry) => [
      stringAt(text, entry.key),
      reread(text, entry.value, replaced),
    ]),
  );
}

/** All string values under `node`, in text order. */
export function stringFields(node: JsonNode): JsonString[] {
  if (node.kind === 'string') return [node];
  if (node.kind === 'array') return node.items.flatMap(stringFields);
  return node.kind === 'object'
    ? node.properties.flatMap((entry) => stringFields(entry.value))
    : [];
}
