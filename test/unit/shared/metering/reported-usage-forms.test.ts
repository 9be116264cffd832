// Reports of any shape, read as a schema reads them that catches what is invalid.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { reportedUsage } from '../../../../shared/metering/reported-usage.ts';
import { checkProperty } from '../../../kit/properties.ts';

describe('a report of any shape', () => {
  const number = z
    .union([
      z.number(),
      z
        .string()
        .regex(/^\d{1,15}$/)
        .transform(Number),
    ])
    .transform((value) => Math.ceil(value))
    .nullish()
    .catch(undefined);
  const label = z
    .string()
    .transform((word) => (/^[\w.-]{1,40}$/.test(word) ? word.toLowerCase() : 'unreadable'))
    .nullish()
    .catch(undefined);
  const object = (fields: z.ZodRawShape) => z.looseObject(fields).nullish().catch(undefined);
  const counts = z.looseObject({
    input_tokens: number,
    output_tokens: number,
    cache_creation_input_tokens: number,
    cache_read_input_tokens: number,
    cache_creation: object({
      ephemeral_5m_input_tokens: number,
      ephemeral_1h_input_tokens: number,
    }),
  });
  const iteration = counts.extend({
    type: label,
    model: z
      .string()
      .regex(/^[\w.:/@[\]-]{1,100}$/)
      .nullish()
      .catch(undefined),
  });
  const usage = counts.extend({
    server_tool_use: object({ web_search_requests: number }),
    iterations: z.array(iteration.catch({})).nullish().catch(undefined),
    speed: label,
    inference_geo: label,
    service_tier: label,
  });
  const scalar = fc.oneof(
    fc.constantFrom(0, -9, 1.5, -0.5, 7, 2 ** 60, Infinity, NaN, null, undefined, true),
    fc.constantFrom(
      '12',
      '012',
      '1e3',
      '-4',
      '1234567890123456',
      'Standard',
      'a b',
      '',
      'x'.repeat(101),
    ),
    fc.constantFrom([], {}, [3], 'claude-haiku-4-5'),
  );
  const fields = (schema: z.ZodObject) =>
    fc.record(Object.fromEntries(Object.keys(schema.shape).map((name) => [name, scalar])), {
      requiredKeys: [],
    });
  const countFields = (own: fc.Arbitrary<object>) =>
    fc
      .tuple(
        own,
        fc.option(
          fc.record({ ephemeral_5m_input_tokens: scalar, ephemeral_1h_input_tokens: scalar }),
        ),
      )
      .map(([all, written]) => (written ? { ...all, cache_creation: written } : all));
  const report = fc
    .tuple(
      countFields(fields(usage)),
      fc.option(fc.array(fc.oneof(scalar, countFields(fields(iteration))), { maxLength: 3 })),
      fc.option(fc.record({ web_search_requests: scalar })),
    )
    .map(([all, iterations, tools]) => ({
      ...all,
      ...(iterations ? { iterations } : {}),
      ...(tools ? { server_tool_use: tools } : {}),
    }));

  it('is read field by field, as a schema that catches what is invalid reads it', () => {
    checkProperty(
      fc.property(fc.oneof(report, scalar), (value) => {
        const { data } = usage.safeParse(value);
        expect(defined(reportedUsage(value))).toEqual(defined(data ? named(data) : {}));
      }),
    );
  });

  function countsNamed(read: z.infer<typeof counts>) {
    const written = (read.cache_creation ?? {}) as Record<string, number | null | undefined>;
    return {
      input: read.input_tokens,
      output: read.output_tokens,
      cacheRead: read.cache_read_input_tokens,
      cacheWrite: read.cache_creation_input_tokens,
      cacheWrite5m: written['ephemeral_5m_input_tokens'],
      cacheWrite1h: written['ephemeral_1h_input_tokens'],
    };
  }

  function named(read: z.infer<typeof usage>) {
    const tools = (read.server_tool_use ?? {}) as Record<string, number | null | undefined>;
    return {
      ...countsNamed(read),
      webSearches: tools['web_search_requests'],
      iterations: read.iterations?.map((one) => ({
        ...countsNamed(one),
        type: one.type,
        model: one.model,
      })),
      speed: read.speed,
      inferenceGeo: read.inference_geo,
      serviceTier: read.service_tier,
    };
  }

  /** Without fields that are absent, at any depth. */
  function defined(value: unknown): unknown {
    return JSON.parse(JSON.stringify(value, (_, each: unknown) => each ?? undefined));
  }
});
