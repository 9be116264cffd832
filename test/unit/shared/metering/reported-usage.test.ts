import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  hasOutput,
  mergedUsage,
  reportedUsage,
  tokenUsageOf,
} from '../../../../shared/metering/reported-usage.ts';
import { tokenUsageSchema, type TokenUsage } from '../../../../shared/token-usage.ts';
import { checkProperty } from '../../../kit/properties.ts';

const NO_TEXT = { chars: 0, isOutputFinal: true };

/** What a stream of these reports is billed as. */
function billed(reports: readonly unknown[], context: object = {}): TokenUsage {
  const merged = reports.map(reportedUsage).reduce(mergedUsage, {});
  return tokenUsageOf(merged, { ...NO_TEXT, ...context });
}

const START = {
  input_tokens: 90_000,
  cache_read_input_tokens: 50,
  cache_creation_input_tokens: 7,
  cache_creation: { ephemeral_5m_input_tokens: 3, ephemeral_1h_input_tokens: 4 },
  output_tokens: 1,
};
const STARTED = { input: 90_000, cacheRead: 50, cacheWrite5m: 3, cacheWrite1h: 4 };

describe('the reports of a stream', () => {
  it.each([
    ['only output', { output_tokens: 100 }],
    ['everything again', { ...START, output_tokens: 100 }],
    [
      'zeros for the input',
      {
        input_tokens: 0,
        cache_read_input_tokens: 0,
        cache_creation_input_tokens: 0,
        cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
        output_tokens: 100,
      },
    ],
    ['nulls', { input_tokens: null, cache_creation: null, output_tokens: 100, iterations: null }],
    [
      'numbers that are none',
      { input_tokens: -1, cache_read_input_tokens: 1e99, output_tokens: 100 },
    ],
    ['other types', { input_tokens: '5', cache_creation: [], output_tokens: 100 }],
  ])('are merged field by field where the last has %s', (_, last) => {
    expect(billed([START, last])).toEqual({ ...STARTED, output: 100 });
  });

  it('keep the largest count of each field, in any order', () => {
    const count = fc.nat(1_000_000);
    const report = fc.record({
      input_tokens: count,
      output_tokens: count,
      cache_read_input_tokens: count,
      server_tool_use: fc.record({ web_search_requests: count }),
    });
    checkProperty(
      fc.property(fc.array(report, { minLength: 1, maxLength: 5 }), (reports) => {
        expect(billed(reports)).toEqual({
          input: Math.max(...reports.map(({ input_tokens }) => input_tokens)),
          output: Math.max(...reports.map(({ output_tokens }) => output_tokens)),
          cacheRead: Math.max(...reports.map((one) => one.cache_read_input_tokens)),
          webSearches: Math.max(...reports.map((one) => one.server_tool_use.web_search_requests)),
        });
      }),
    );
  });

  it('keep the words that affect the price, and leave out those that do not', () => {
    const fast = { ...START, speed: 'fast', inference_geo: 'us', service_tier: 'batch' };
    expect(billed([fast, { output_tokens: 9 }])).toMatchObject({
      speed: 'fast',
      inferenceGeo: 'us',
      serviceTier: 'batch',
    });
    const usual = { speed: 'standard', inference_geo: 'not_available', service_tier: 'standard' };
    expect(billed([{ ...usual, output_tokens: 9 }])).toEqual({ output: 9 });
    expect(billed([{ speed: 'Standard', inference_geo: 7, output_tokens: 9 }])).toEqual({
      output: 9,
    });
    expect(billed([{ speed: 'very fast!' }])).toEqual({ speed: 'unreadable' });
  });

  it.each([
    ['speed', 'fast', 'standard', 'speed', 'fast'],
    ['inference_geo', 'us', 'global', 'inferenceGeo', 'us'],
    ['service_tier', 'batch', 'standard', 'serviceTier', undefined],
    ['service_tier', 'batch', 'priority', 'serviceTier', 'priority'],
  ])('keep of two words for %s the dearer: %s, %s', (name, one, other, field, kept) => {
    const words = [{ [name]: one }, { [name]: other }];
    for (const reports of [words, words.toReversed()]) {
      expect(billed(reports)).toEqual(kept === undefined ? {} : { [field]: kept });
    }
  });

  it.each([
    ['an input that is text', { input_tokens: '90' }, { input: 90 }],
    ['averages', { input_tokens: 90.2, output_tokens: 0.1 }, { input: 91, output: 1 }],
    ['cached input alone', { cache_read_input_tokens: 90 }, { cacheRead: 90 }],
    [
      'writes for an hour alone',
      { cache_creation: { ephemeral_1h_input_tokens: 9 } },
      { cacheWrite1h: 9 },
    ],
    [
      'other writes alone',
      { cache_creation: { ephemeral_5m_input_tokens: 9 } },
      { cacheWrite5m: 9 },
    ],
    [
      'more writes for an hour than in all',
      { cache_creation_input_tokens: 5, cache_creation: { ephemeral_1h_input_tokens: 9 } },
      { cacheWrite5m: 0, cacheWrite1h: 9 },
    ],
    [
      'fewer writes than in all',
      { cache_creation_input_tokens: 50, cache_creation: { ephemeral_1h_input_tokens: 9 } },
      { cacheWrite5m: 41, cacheWrite1h: 9 },
    ],
    [
      'thoughts that the output leaves out',
      { output_tokens: 0, output_tokens_details: { thinking_tokens: 40 } },
      { output: 40 },
    ],
    ['searches as text', { server_tool_use: { web_search_requests: '3' } }, { webSearches: 3 }],
  ])('count %s', (_, usage, expected) => {
    expect(billed([usage])).toEqual(expected);
  });

  it('are never billed for less than the largest count of each field, whatever comes with it', () => {
    const count = fc.oneof(fc.nat(1_000_000), fc.constantFrom(null, undefined, -1, 'x', {}));
    const split = { ephemeral_5m_input_tokens: count, ephemeral_1h_input_tokens: count };
    const report = fc.record({
      input_tokens: count,
      output_tokens: count,
      cache_read_input_tokens: count,
      cache_creation_input_tokens: count,
      cache_creation: fc.oneof(fc.record(split), fc.constant(null)),
    });
    const most = (values: readonly unknown[]) =>
      Math.max(0, ...values.filter((value) => typeof value === 'number'));
    checkProperty(
      fc.property(fc.array(report, { maxLength: 4 }), (reports) => {
        const {
          input = 0,
          output = 0,
          cacheRead = 0,
          cacheWrite5m = 0,
          cacheWrite1h = 0,
        } = billed(reports);
        const splits = reports.map(({ cache_creation: writes }) => writes ?? undefined);
        expect(input).toBe(most(reports.map((one) => one.input_tokens)));
        expect(output).toBe(most(reports.map((one) => one.output_tokens)));
        expect(cacheRead).toBe(most(reports.map((one) => one.cache_read_input_tokens)));
        expect(cacheWrite1h).toBe(most(splits.map((one) => one?.ephemeral_1h_input_tokens)));
        const five = most(splits.map((one) => one?.ephemeral_5m_input_tokens));
        expect(cacheWrite5m).toBeGreaterThanOrEqual(five);
        const writes = most(reports.map((one) => one.cache_creation_input_tokens));
        expect(cacheWrite5m + cacheWrite1h).toBe(Math.max(writes, five + cacheWrite1h));
      }),
    );
  });
});

describe('iterations', () => {
  const message = { type: 'message', input_tokens: 23_000, output_tokens: 1_000 };
  const compaction = { type: 'compaction', input_tokens: 180_000, output_tokens: 3_500 };
  const advisor = {
    type: 'advisor_message',
    model: 'claude-fable-5',
    input_tokens: 823,
    output_tokens: 1_612,
    cache_creation_input_tokens: 10,
    cache_creation: { ephemeral_5m_input_tokens: 4, ephemeral_1h_input_tokens: 6 },
  };
  const top = { input_tokens: 23_000, output_tokens: 1_000 };

  it.each([
    ['a compaction, which the top level leaves out', top, [compaction, message], 203_000, 4_500],
    ['an advisor, likewise', top, [message, advisor], 23_823, 2_612],
    ['a compaction alone, whose top level is zero', {}, [compaction], 180_000, 3_500],
    [
      'several rounds of tools, whose top level has the input of the first',
      { input_tokens: 23_000, output_tokens: 2_000 },
      [message, message],
      46_000,
      2_000,
    ],
    [
      'a fallback, whose top level is that of the model that served',
      top,
      [
        { ...message, model: 'a' },
        { ...message, type: 'fallback_message', model: 'b' },
      ],
      46_000,
      2_000,
    ],
    ['an unknown type', top, [message, { ...compaction, type: 'new' }], 203_000, 4_500],
    ['no type', top, [{ input_tokens: 23_000, output_tokens: 1_000 }], 23_000, 1_000],
    ['less than the top level', top, [{ ...message, input_tokens: 5 }], 23_000, 1_000],
    [
      'what makes no sense',
      top,
      [{ type: 'compaction', input_tokens: -9 }, 7, null],
      23_000,
      1_000,
    ],
    ['none', top, [], 23_000, 1_000],
  ])('count with %s', (_, usage, iterations, input, output) => {
    expect(billed([{ input_tokens: 0, output_tokens: 0, ...usage, iterations }])).toMatchObject({
      input,
      output,
    });
  });

  it('keep their model, type and cache writes', () => {
    const { iterations, cacheWrite5m, cacheWrite1h } = billed([{ ...top, iterations: [advisor] }]);
    expect(iterations).toEqual([
      {
        type: 'advisor_message',
        model: 'claude-fable-5',
        input: 823,
        output: 1_612,
        cacheRead: 0,
        cacheWrite5m: 4,
        cacheWrite1h: 6,
      },
    ]);
    expect([cacheWrite5m, cacheWrite1h]).toEqual([4, 6]);
  });

  it('are merged one by one', () => {
    const early = { ...top, iterations: [{ ...message, output_tokens: 1 }] };
    const late = { ...top, iterations: [message, advisor] };
    expect(billed([early, late])).toEqual(billed([late]));
    expect(billed([late, early])).toEqual(billed([late]));
  });

  it('are told apart by type and model, and merged in the order of their runs', () => {
    const reports = [
      { iterations: [compaction] },
      { iterations: [message, { ...message, model: 'b' }] },
      { iterations: [message, { ...message, model: 'b' }, message] },
    ];
    const { iterations = [], input } = billed(reports);
    expect(input).toBe(180_000 + 3 * 23_000);
    expect(iterations.map(({ type, model }) => [type, model])).toEqual([
      ['compaction', undefined],
      ['message', undefined],
      ['message', 'b'],
      ['message', undefined],
    ]);
  });

  it('count each field that makes sense, and an unreadable type in addition', () => {
    const odd = { ...compaction, cache_creation_input_tokens: -1, input_tokens: '180000' };
    expect(billed([{ ...top, iterations: [odd] }])).toMatchObject({
      input: 203_000,
      output: 4_500,
    });
    const type = 'not a type!';
    expect(billed([{ ...top, iterations: [{ ...message, type }] }])).toMatchObject({
      input: 46_000,
    });
  });

  it('never add up to more than a number can hold', () => {
    const huge = { ...compaction, input_tokens: Number.MAX_SAFE_INTEGER };
    const usage = billed([{ ...top, iterations: [huge, huge, huge] }]);
    expect(tokenUsageSchema.safeParse(usage).success).toBe(true);
    expect(usage.input).toBe(Number.MAX_SAFE_INTEGER);
  });

  it('are bounded in number without losing a token', () => {
    const many = Array.from({ length: 1_000 }, () => advisor);
    const { iterations = [], output } = billed([{ iterations: many }]);
    expect(iterations).toHaveLength(200);
    expect(output).toBe(1_612_000);
    expect(iterations.reduce((sum, one) => sum + one.output, 0)).toBe(1_612_000);
  });
});

describe('a response with text', () => {
  const zero = { input_tokens: 0, output_tokens: 0 };
  it.each([
    ['zeros', [zero], true, { output: 100, isEstimated: true }],
    ['nothing', [], true, { output: 100, isEstimated: true }],
    ['only its input', [{ input_tokens: 9 }], true, { input: 9, output: 100, isEstimated: true }],
    [
      'only cached input',
      [{ ...zero, cache_read_input_tokens: 9 }],
      true,
      { input: 0, cacheRead: 9, output: 100, isEstimated: true },
    ],
    ['only its output', [{ output_tokens: 3 }], true, { output: 3 }],
    [
      'no more than its start',
      [START, zero],
      false,
      { ...STARTED, output: 100, isEstimated: true },
    ],
    ['all its tokens', [START, { output_tokens: 3 }], true, { ...STARTED, output: 3 }],
    [
      'a compaction',
      [{ ...zero, iterations: [{ type: 'compaction', input_tokens: 9, output_tokens: 2 }] }],
      true,
      { input: 9, output: 2 },
    ],
  ])('that reports %s', (_, reports, isOutputFinal, expected) => {
    expect(billed(reports, { chars: 400, isOutputFinal })).toMatchObject(expected);
    const { isEstimated } = billed(reports, { chars: 400, isOutputFinal });
    expect(isEstimated).toBe('isEstimated' in expected ? true : undefined);
  });

  it('has no input where it reports an empty prompt, so that the request is estimated', () => {
    expect(billed([zero], { chars: 400 })).not.toHaveProperty('input');
    expect(billed([{ ...zero, output_tokens: 5 }], { chars: 400 })).toEqual({ output: 5 });
  });

  it('may cost nothing only if it is empty', () => {
    expect(billed([zero])).toEqual({ input: 0, output: 0 });
  });
});

describe('what was reported', () => {
  it('has output at the top or in an iteration', () => {
    expect(hasOutput(reportedUsage({ output_tokens: 1 }))).toBe(true);
    expect(hasOutput(reportedUsage({ iterations: [{ output_tokens: 1 }] }))).toBe(true);
    expect(hasOutput(reportedUsage({ output_tokens: 0, iterations: [{}] }))).toBe(false);
    expect(hasOutput(reportedUsage(undefined))).toBe(false);
  });

  it('is valid, whatever JSON it is read from', () => {
    const odd = fc.oneof(fc.integer(), fc.double(), fc.string(), fc.constant(null));
    const keys = ['input_tokens', 'output_tokens', 'cache_creation_input_tokens', 'speed'];
    const counts = fc.dictionary(fc.constantFrom(...keys), odd);
    const usage = fc.oneof(
      fc.jsonValue(),
      fc.tuple(counts, fc.array(counts)).map(([top, iterations]) => ({ ...top, iterations })),
    );
    checkProperty(
      fc.property(fc.array(usage), fc.nat(), fc.boolean(), (reports, chars, isOutputFinal) => {
        const { success } = tokenUsageSchema.safeParse(billed(reports, { chars, isOutputFinal }));
        expect(success).toBe(true);
      }),
    );
  });
});
