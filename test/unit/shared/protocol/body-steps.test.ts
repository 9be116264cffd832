// A body is parsed in steps, whatever its form: between two of them, other requests go on.

import { describe, expect, it } from 'vitest';
import { JsonBoundError, JsonSyntaxError } from '../../../../shared/json/parse.ts';
import { RequestBody } from '../../../../shared/protocol/body.ts';
import { limits } from '../../../../shared/limits.ts';

const MANY = 30_000;
/** Values handled in one step at most, with their keys. */
const STEP_VALUES = 10_000;

const list = (item: (index: number) => string) => Array.from({ length: MANY }, (_, n) => item(n));
const metadata = (json: string) => `{"metadata":{"x":${json}}}`;
const content = (blocks: readonly string[]) =>
  `{"messages":[{"role":"user","content":[${blocks.join(',')}]}]}`;
const schema = (json: string) => `{"tools":[{"name":"n","input_schema":${json}}]}`;

const BODIES: Readonly<Record<string, string>> = {
  'short strings': metadata(`[${list((n) => `"v${n}"`).join(',')}]`),
  numbers: metadata(`[${list((n) => String(10_000_000 + n)).join(',')}]`),
  keys: metadata(`{${list((n) => `"k${n}":"v${n}"`).join(',')}}`),
  'fields of the request': `{${list((n) => `"k${n}":"v${n}"`).join(',')}}`,
  messages: `{"messages":[${list((n) => `{"role":"user","content":"v${n}"}`).join(',')}]}`,
  blocks: content(list((n) => `{"type":"text","text":"v${n}"}`)),
  documents: content(list((n) => `{"type":"document","source":{"type":"text","data":"v${n}"}}`)),
  'fields of a block': content([`{"type":"text",${list((n) => `"k${n}":"v${n}"`).join(',')}}`]),
  'properties of a schema': schema(
    `{"properties":{${list((n) => `"k${n}":{"title":"v${n}"}`).join(',')}}}`,
  ),
  'keywords of a schema': schema(`{${list((n) => `"k${n}":"v${n}"`).join(',')}}`),
  'schemas in each other': schema(
    `[${Array.from({ length: 150 }, () => '{"anyOf":[{"if":'.repeat(200) + '{"title":"v"}' + '}]}'.repeat(200)).join(',')}]`,
  ),
  'lists in each other': metadata(
    `[${Array.from({ length: 300 }, () => '['.repeat(100) + '"v"' + ']'.repeat(100)).join(',')}]`,
  ),
};

function run<Result>(steps: Generator<void, Result>) {
  for (let count = 0; ; count += 1) {
    const step = steps.next();
    if (step.done) return { count, result: step.value };
  }
}

describe.each(Object.entries(BODIES))('a body of many %s', (_what, json) => {
  it('is parsed and moved in many steps, and as in one', () => {
    const body = new RequestBody(Buffer.from(json));
    const { count, result } = run(body.parseSteps(limits.json));
    // Each value is read once, and once more when texts are found.
    expect(count).toBeGreaterThan((2 * MANY) / STEP_VALUES);
    const parsed = new RequestBody(Buffer.from(json)).parse(limits.json);
    expect(result.textFields.texts).toEqual(parsed.textFields.texts);
    const last = result.textFields.texts.findLast(({ kind }) => kind === 'string');
    if (!last) return;
    const edit = { start: last.end - 1, end: last.end - 1, text: 'x' };
    const edited = run(body.edit([edit]).parseSteps(limits.json));
    expect(edited.count).toBeGreaterThan((2 * MANY) / STEP_VALUES);
    expect(edited.result.textFields.texts).toHaveLength(result.textFields.texts.length);
  });

  it('has its texts in the order of the text', () => {
    const { textFields } = new RequestBody(Buffer.from(json)).parse(limits.json);
    const starts = textFields.texts.map(({ start }) => start);
    expect(starts).toEqual(starts.toSorted((one, other) => one - other));
    expect(starts.length).toBeGreaterThan(100);
  });
});

describe('parsing in steps', () => {
  it('finds the prompt first, wherever its fields stand', () => {
    const json = `{${list((n) => `"k${n}":0`).join(',')},"messages":[{"role":"user","content":"c"}],"system":"b","\\u0074ools":[{"description":"a"}]}`;
    const { text, textFields } = new RequestBody(Buffer.from(json)).parse(limits.json);
    const first = textFields.texts.slice(0, 4).map(({ start, end }) => text.slice(start, end));
    expect(first).toEqual(['"a"', '"b"', '"c"', '"k0"']);
  });

  it.each([
    ['no JSON', `[${'0,'.repeat(MANY)}`, JsonSyntaxError],
    ['too many values', `[${'0,'.repeat(1_000_001)}0]`, JsonBoundError],
  ])('throws what parsing throws: %s', (_what, json, error) => {
    const body = new RequestBody(Buffer.from(json));
    expect(() => run(body.parseSteps(limits.json))).toThrow(error);
    expect(() => body.parse(limits.json)).toThrow(error);
  });
});
