import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  JsonBoundError,
  JsonSyntaxError,
  scanJson,
  scanSteps,
} from '../../../../shared/json/parse.ts';
import type { JsonNode } from '../../../../shared/json/parse.ts';
import { jsonSample, jsonText, reread } from '../../../kit/json-text.ts';
import { checkProperty } from '../../../kit/properties.ts';

/** Ample for linear time; quadratic time takes minutes. */
const LINEAR_MS = 30_000;

/** What a mutation may insert: every character with a meaning in JSON, and near misses. */
const fragment = fc.oneof(
  fc.constantFrom(
    ...Array.from('"\\{}[],:-+.0123456789eEtrufalsn/ \t\n\r\u0000\u001f\u007f\u00a0\u2028\ufeff'),
  ),
  fc.constantFrom('\\u12', '\\ud800', '\\"', '\\\\', '\\x', 'true', 'null', '00', '1.', '.5', '//'),
  fc.string({ unit: 'binary', maxLength: 3 }),
);

const mutatedText = fc
  .tuple(
    jsonText,
    fc.array(fc.tuple(fc.nat(), fc.nat(3), fragment), { minLength: 1, maxLength: 3 }),
  )
  .map(([text, mutations]) =>
    mutations.reduce((mutated, [place, cut, inserted]) => {
      const at = place % (mutated.length + 1);
      return mutated.slice(0, at) + inserted + mutated.slice(at + cut);
    }, text),
  );

function accepts(parse: (text: string) => unknown, text: string): boolean {
  try {
    parse(text);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

/** Whether scanJson and JSON.parse both accept or both reject the text. */
function agrees(text: string): boolean {
  return accepts(scanJson, text) === accepts(JSON.parse, text);
}

function rejection(text: string): JsonSyntaxError {
  try {
    scanJson(text);
  } catch (error) {
    if (error instanceof JsonSyntaxError) return error;
    throw error;
  }
  throw new Error('scanJson accepted the text');
}

describe('scanJson', () => {
  it('parses every JSON text', () => {
    checkProperty(
      fc.property(jsonSample, ({ text, value }) => {
        expect(accepts(JSON.parse, text)).toBe(true);
        expect(isDeepStrictEqual(reread(text, scanJson(text)), value)).toBe(true);
      }),
      { runs: 500 },
    );
  });

  it('accepts a mutated JSON text only if JSON.parse does', () => {
    checkProperty(
      fc.property(mutatedText, (text) => {
        expect(agrees(text)).toBe(true);
      }),
      { runs: 3_000 },
    );
  });

  it('accepts an arbitrary string only if JSON.parse does', () => {
    checkProperty(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.array(fragment, { maxLength: 8 }).map((fragments) => fragments.join('')),
        ),
        (text) => {
          expect(agrees(text)).toBe(true);
        },
      ),
      { runs: 3_000 },
    );
  });

  it('finds the end of a string after any run of backslashes', () => {
    for (const lead of ['', 'x'.repeat(23), 'x'.repeat(24), 'x'.repeat(25), 'x'.repeat(100)]) {
      for (let run = 0; run < 9; run += 1) {
        const text = `["${lead}${'\\'.repeat(run)}","y"]`;
        expect(accepts(scanJson, text)).toBe(run % 2 === 0);
        expect(agrees(text)).toBe(true);
      }
    }
  });

  it('rejects every raw control character in a string', () => {
    for (let code = 0; code <= 0x20; code += 1) {
      for (const lead of ['', 'x'.repeat(24), 'x'.repeat(60), `${'x'.repeat(40)}\\n`]) {
        const text = `\n[\n "${lead}${String.fromCharCode(code)}", "y"\n]\n`;
        expect(accepts(scanJson, text)).toBe(code === 0x20);
        expect(agrees(text)).toBe(true);
      }
    }
  });

  it('keeps duplicate keys and the order of the text', () => {
    const text = '{"b":1,"2":2,"b":3}';
    const node = scanJson(text);
    expect(node.kind === 'object' && node.properties).toEqual([
      { key: { kind: 'string', start: 1, end: 4 }, value: { kind: 'number', start: 5, end: 6 } },
      { key: { kind: 'string', start: 7, end: 10 }, value: { kind: 'number', start: 11, end: 12 } },
      {
        key: { kind: 'string', start: 13, end: 16 },
        value: { kind: 'number', start: 17, end: 18 },
      },
    ]);
  });

  it('positions a container from bracket to bracket, without surrounding whitespace', () => {
    expect(scanJson(' [ { } , [ ] ] ')).toEqual({
      kind: 'array',
      start: 1,
      end: 14,
      items: [
        { kind: 'object', start: 3, end: 6, properties: [] },
        { kind: 'array', start: 9, end: 12, items: [] },
      ],
    });
  });

  it.each([
    ['', 0],
    ['  ', 2],
    ['[1,]', 3],
    ['{"a":1,}', 7],
    ['{a:1}', 1],
    ['[1}', 2],
    ['[1 2]', 3],
    ['01', 1],
    ['-', 1],
    ['1.e5', 2],
    ['tru', 0],
    ['"abc', 4],
    ['"a\\x"', 3],
    ['"\\u12g4"', 5],
    ['"a\nb"', 2],
    ['"a\nb\\x"', 2],
    ['"a\nb\\u12"', 2],
    ['"a\\x\n"', 3],
    ['"\\u\n1"', 3],
    ['{} {}', 3],
    ['\ufeff{}', 0],
  ])('reports where %j stops being JSON', (text, offset) => {
    expect(rejection(text).offset).toBe(offset);
  });

  it('reports an offset within every rejected text', () => {
    checkProperty(
      fc.property(mutatedText, (text) => {
        fc.pre(!accepts(scanJson, text));
        const { offset } = rejection(text);
        expect(offset >= 0 && offset <= text.length).toBe(true);
      }),
      { runs: 500 },
    );
  });

  it('never quotes the text in its error', () => {
    const { message } = rejection('{"mail": ada@example.org}');
    expect(message).toBe('The text is not valid JSON at offset 9.');
  });

  it('parses 200,000 nested arrays without recursion', { timeout: LINEAR_MS }, () => {
    const depth = 200_000;
    let node: JsonNode | undefined = scanJson('['.repeat(depth) + ']'.repeat(depth));
    let seen = 0;
    while (node?.kind === 'array' && node.start === seen && node.end === 2 * depth - seen) {
      seen += 1;
      node = node.items[0];
    }
    expect(node).toBeUndefined();
    expect(seen).toBe(depth);
  });

  it('rejects a million unclosed brackets', { timeout: LINEAR_MS }, () => {
    expect(rejection('['.repeat(1_000_000)).offset).toBe(1_000_000);
    expect(rejection('{"":'.repeat(1_000_000)).offset).toBe(4_000_000);
  });

  it('takes linear time for many long strings', { timeout: LINEAR_MS }, () => {
    const item = `"${'x'.repeat(40)}"`;
    const items = Array.from({ length: 200_000 }, () => item);
    for (const text of [
      `[${items.join(',')}]`,
      `[${items.join(',\n')}]`,
      `[${items.join(',')},"\\n"]`,
      `["${'\\n'.repeat(2_000_000)}"]`,
      `["${'\\"'.repeat(2_000_000)}"]`,
    ]) {
      expect(scanJson(text).end).toBe(text.length);
    }
  });
});

describe('scanJson with bounds', () => {
  it('rejects only deeper nesting than allowed', () => {
    const nested = (depth: number) => '['.repeat(depth) + '0' + ']'.repeat(depth);
    expect(scanJson(nested(10), { depthMax: 10 })).toMatchObject({ kind: 'array' });
    expect(() => scanJson(nested(11), { depthMax: 10 })).toThrow(JsonBoundError);
  });

  it('rejects more values than allowed, counting only listed ones', () => {
    const text = '{"a":[1,2,3],"b":4}';
    expect(scanJson(text, { valuesMax: 5 })).toMatchObject({ kind: 'object' });
    expect(() => scanJson(text, { valuesMax: 4 })).toThrow(JsonBoundError);
    expect(scanJson(text, { valuesMax: 2, listedDepthMax: 1 })).toMatchObject({ kind: 'object' });
  });

  it('lists only the requested levels but validates all', () => {
    const text = '{"a":{"b":[1,2]},"c":[{"d":3}],"a":4}';
    const root = scanJson(text, { listedDepthMax: 1 });
    expect(root).toMatchObject({
      kind: 'object',
      end: text.length,
      properties: [
        { value: { kind: 'object', properties: [], end: 16 } },
        { value: { kind: 'array', items: [] } },
        { value: { kind: 'number' } },
      ],
    });
    expect(() => scanJson('{"a":{"b":[1,]}}', { listedDepthMax: 1 })).toThrow(JsonSyntaxError);
  });
});

describe('scanSteps', () => {
  it('takes a step for every 4,096 values', () => {
    const stepsOf = (count: number) => Array.from(scanSteps(`[${'0,'.repeat(count - 1)}0]`)).length;
    expect([stepsOf(1_000), stepsOf(20_000), stepsOf(200_000)]).toEqual([0, 4, 48]);
  });
});
