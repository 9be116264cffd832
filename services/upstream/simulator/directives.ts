// What a client can ask the simulator to do, in the header `x-llmp-simulate` or as
// `[[simulate: …]]` in its newest message. The schema below is the whole vocabulary.

import * as z from 'zod';
import type { RawPairs } from './directive-text.ts';
import { badRequest, ERROR_TYPE_BY_STATUS } from './api-error.ts';

const HOUR_MS = 3_600_000;
/** Half a megabyte of text, enough for any test of size and far from hurting the process. */
const WORDS_MAX = 100_000;

const label = z.string().regex(/^[\w.:-]{1,200}$/, 'needs a name');
const text = z.string();

const vocabulary = z
  .strictObject({
    /** Answer with this HTTP error. */
    status: z.enum(Array.from(ERROR_TYPE_BY_STATUS.keys(), String)).transform(Number),
    /** `error.type` in place of the usual one for `status`. */
    type: label,
    /** Error message; runs to the end of the line. */
    message: text,
    'retry-after': label,
    'should-retry': z.enum(['true', 'false']),
    /** After the first deltas, an `event: error` of this type; without a stream an HTTP error. */
    'mid-error': label,
    /** The body stops early: after whole events, inside one, or by a lost connection. */
    cut: z.enum(['clean', 'partial', 'reset']),
    /** Silence until the request is aborted: before the head, after its start, in the middle. */
    hang: z.enum(['head', 'start', 'middle']),
    /** Only the first `times` requests that carry `key` fail as asked for above. */
    times: wholeNumber(1_000),
    key: label,
    /** Call this tool; unless the newest turn is a tool's result and this stands in the header. */
    tool: label,
    /** The tool's input, a JSON object. */
    input: z.string().transform(readObject),
    /** Answer exactly this; runs to the end of the line. */
    text,
    /** Answer with so many words. */
    words: wholeNumber(WORDS_MAX),
    /** Characters in each text delta, in place of small groups of words. */
    split: wholeNumber(1_000, 1),
    /** Milliseconds before each delta. */
    pace: wholeNumber(HOUR_MS),
    /** Milliseconds before the head. */
    delay: wholeNumber(HOUR_MS),
    /** Also send an event, a block and a delta of types nobody knows. */
    unknown: z.literal('', 'takes no value').transform(() => true),
  })
  .partial();

export type Directives = Readonly<z.infer<typeof vocabulary>>;

const FAILURE_NAMES = ['status', 'mid-error', 'cut', 'hang'] as const;

/** Checks written pairs against the vocabulary. Throws a 400 fault that names the culprit. */
export function readDirectives(pairs: RawPairs): Directives {
  const parsed = vocabulary.safeParse(pairs);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => [...issue.path, issue.message].join(': '));
    throw badRequest(`simulate: ${faults.join('; ')}`);
  }
  const directives = parsed.data;
  const faults = FAILURE_NAMES.filter((name) => directives[name] !== undefined);
  if (faults.length > 1) throw badRequest(`simulate: ${faults.join(' and ')}: only one at a time`);
  if ((directives.times === undefined) !== (directives.key === undefined)) {
    throw badRequest('simulate: times and key: each needs the other');
  }
  if (directives.times !== undefined && faults.length === 0) {
    throw badRequest(`simulate: times: needs one of ${FAILURE_NAMES.join(', ')}`);
  }
  if (directives.input !== undefined && directives.tool === undefined) {
    throw badRequest('simulate: input: needs tool');
  }
  return directives;
}

/** What a failure that was asked for says. */
export function failureMessage({ message }: Directives, type: string): string {
  return message ?? `Simulated ${type}.`;
}

/** The same directives with nothing failing. */
export function withoutError(directives: Directives): Directives {
  const kept = { ...directives };
  for (const name of FAILURE_NAMES) delete kept[name];
  return kept;
}

function wholeNumber(max: number, min = 0) {
  return z
    .string()
    .regex(/^\d{1,9}$/, 'needs a whole number')
    .transform(Number)
    .pipe(z.number().min(min).max(max));
}

function readObject(written: string, context: z.core.$RefinementCtx<string>) {
  try {
    const value: unknown = JSON.parse(written);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Said below, together with JSON of another kind.
  }
  context.addIssue({ code: 'custom', message: 'needs a JSON object' });
  return z.NEVER;
}
