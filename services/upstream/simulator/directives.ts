// Directives that a client can send to the simulator, in the header `x-llmp-simulate` or as
// `[[simulate: …]]` in its newest message. The schema below lists all of them.

import * as z from 'zod';
import type { RawPairs } from './directive-text.ts';
import { badRequest, ERROR_TYPE_BY_STATUS } from './api-error.ts';

const HOUR_MS = 3_600_000;
/** About half a megabyte of text: enough for size tests, harmless for the process. */
const WORDS_MAX = 100_000;

const label = z.string().regex(/^[\w.:-]{1,200}$/, 'needs a name');
const text = z.string();

export const directiveSchema = z
  .strictObject({
    /** Respond with this HTTP error. */
    status: z.enum(Array.from(ERROR_TYPE_BY_STATUS.keys(), String)).transform(Number),
    /** `error.type` instead of the default for `status`. */
    type: label,
    /** Error message; runs to the end of the line. */
    message: text,
    'retry-after': label,
    'should-retry': z.enum(['true', 'false']),
    /** An `event: error` of this type after the first deltas; without streaming, an HTTP error. */
    'mid-error': label,
    /** The body ends early: between events, inside one, or by a lost connection. */
    cut: z.enum(['clean', 'partial', 'reset']),
    /** Silence until the request is aborted: before the head, at the start, or in the middle. */
    hang: z.enum(['head', 'start', 'middle']),
    /** Only the first `times` requests with this `key` fail. */
    times: wholeNumber(1_000),
    key: label,
    /** Call this tool, unless it is named in the header and the newest turn is a tool result. */
    tool: label,
    /** The tool's input, a JSON object. */
    input: z.string().transform(readObject),
    /** Respond with this text; runs to the end of the line. */
    text,
    /** What to respond with: only the user's text, also as it was received, passages, or the request. */
    show: z.enum(['echo', 'received', 'passages', 'request']),
    /** Respond with this many words. */
    words: wholeNumber(WORDS_MAX),
    /** Characters per text delta, instead of small groups of words. */
    split: wholeNumber(1_000, 1),
    /** Milliseconds before each delta. */
    pace: wholeNumber(HOUR_MS),
    /** Milliseconds before the head. */
    delay: wholeNumber(HOUR_MS),
    /** Also send an event, a block and a delta of unknown types. */
    unknown: z.literal('', 'takes no value').transform(() => true),
  })
  .partial();

export type Directives = Readonly<z.infer<typeof directiveSchema>>;

const FAILURE_NAMES = ['status', 'mid-error', 'cut', 'hang'] as const;

/** Validates raw pairs. Throws a 400 error that names the invalid ones. */
export function readDirectives(pairs: RawPairs): Directives {
  const parsed = directiveSchema.safeParse(pairs);
  if (!parsed.success) {
    const issues = parsed.error.issues.map((issue) => [...issue.path, issue.message].join(': '));
    throw badRequest(`simulate: ${issues.join('; ')}`);
  }
  const directives = parsed.data;
  const failures = FAILURE_NAMES.filter((name) => directives[name] !== undefined);
  if (failures.length > 1)
    throw badRequest(`simulate: ${failures.join(' and ')}: only one at a time`);
  if ((directives.times === undefined) !== (directives.key === undefined)) {
    throw badRequest('simulate: times and key: each needs the other');
  }
  if (directives.times !== undefined && failures.length === 0) {
    throw badRequest(`simulate: times: needs one of ${FAILURE_NAMES.join(', ')}`);
  }
  if (directives.input !== undefined && directives.tool === undefined) {
    throw badRequest('simulate: input: needs tool');
  }
  return directives;
}

/** The error message of a simulated failure. */
export function failureMessage({ message }: Directives, type: string): string {
  return message ?? `Simulated ${type}.`;
}

/** The same directives without failures. */
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

function readObject(raw: string, context: z.core.$RefinementCtx<string>) {
  try {
    const value: unknown = JSON.parse(raw);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Reported below, like JSON of another type.
  }
  context.addIssue({ code: 'custom', message: 'needs a JSON object' });
  return z.NEVER;
}
