// Reads `usage` as the upstream reports it, merges the reports of a stream, and adds up what is billed.
// https://platform.claude.com/docs/en/build-with-claude/compaction and the SDK's types say what counts.

import { isCount, LABEL, MODEL_NAME, type Iteration, type TokenUsage } from '../token-usage.ts';

/** Numbers may be impossible, such as -9; see `tokenUsageOf`. */
interface Counts {
  readonly input?: number | undefined;
  readonly output?: number | undefined;
  readonly cacheRead?: number | undefined;
  /** Both kinds of cache writes together; it may be missing, or less than they are. */
  readonly cacheWrite?: number | undefined;
  readonly cacheWrite5m?: number | undefined;
  readonly cacheWrite1h?: number | undefined;
}

interface ReportedIteration extends Counts {
  readonly type?: string | undefined;
  readonly model?: string | undefined;
}

/** One report, or several merged. */
export interface ReportedUsage extends Counts {
  readonly webSearches?: number | undefined;
  readonly iterations?: readonly ReportedIteration[] | undefined;
  readonly speed?: string | undefined;
  readonly inferenceGeo?: string | undefined;
  readonly serviceTier?: string | undefined;
}

/** More iterations than this are billed like the last one. */
const ITERATIONS_MAX = 200;
const STANDARD = new Set(['standard', 'global', 'not_available']);
const DISCOUNTED = new Set(['batch']);
/** Estimate for English, where the upstream counted nothing. */
const CHARS_PER_TOKEN = 4;

type Json = Readonly<Record<string, unknown>>;

/** Reads the `usage` of a message or event; empty if it is not an object. An invalid field is left out. */
export function reportedUsage(value: unknown): ReportedUsage {
  if (!isObject(value)) return {};
  const { server_tool_use: tools, iterations } = value;
  return {
    ...countsOf(value),
    webSearches: isObject(tools) ? numberIn(tools['web_search_requests']) : undefined,
    iterations: Array.isArray(iterations) ? iterations.map(iterationIn) : undefined,
    speed: labelIn(value['speed']),
    inferenceGeo: labelIn(value['inference_geo']),
    serviceTier: labelIn(value['service_tier']),
  };
}

function iterationIn(value: unknown): ReportedIteration {
  const fields = isObject(value) ? value : {};
  const { model } = fields;
  return {
    ...countsOf(fields),
    type: labelIn(fields['type']),
    model: typeof model === 'string' && MODEL_NAME.test(model) ? model : undefined,
  };
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Some upstreams send numbers as strings, or fractions. Ignores any other value. */
function numberIn(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? Math.ceil(value) : undefined;
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}

/** A value that must not be logged becomes one that no price list has. */
function labelIn(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  return LABEL.test(value) ? value.toLowerCase() : 'unreadable';
}

/**
 * Merges a later report into the earlier ones. Counts are cumulative, but some upstreams repeat fields as
 * 0, so the larger count is kept.
 */
export function mergedUsage(one: ReportedUsage, later: ReportedUsage): ReportedUsage {
  return {
    ...mergedCounts(one, later),
    webSearches: larger(one.webSearches, later.webSearches),
    iterations: mergedIterations(one.iterations, later.iterations),
    speed: costlier(one.speed, later.speed),
    inferenceGeo: costlier(one.inferenceGeo, later.inferenceGeo),
    serviceTier: costlier(one.serviceTier, later.serviceTier),
  };
}

/** Whether a report has output tokens, at the top or in an iteration. */
export function hasOutput({ output = 0, iterations = [] }: ReportedUsage): boolean {
  return output > 0 || iterations.some((iteration) => (iteration.output ?? 0) > 0);
}

export interface ReportContext {
  /** The model that responded. */
  readonly model?: string | undefined;
  /** Characters that the model wrote. */
  readonly chars: number;
  /** Whether the output count is final; at its start, a stream reports 1. */
  readonly isOutputFinal: boolean;
}

/**
 * What is billed: the sum of all iterations, or the top-level counts where these are larger. Omits invalid
 * counts, and an empty prompt if the response has text.
 */
export function tokenUsageOf(
  reported: ReportedUsage,
  { model, chars, isOutputFinal }: ReportContext,
): TokenUsage {
  const iterations = (reported.iterations ?? []).map(iterationOf);
  const included = iterations.filter(({ type }) => !isExtra(type));
  const extra = iterations.filter(({ type }) => isExtra(type));
  const top = topCounts(reported);
  const total: Record<string, number> = {};
  for (const name of COUNTS) {
    const known = top[name];
    if (known === undefined && iterations.length === 0) continue;
    total[name] = bounded(Math.max(known ?? 0, sumOf(included, name)) + sumOf(extra, name));
  }
  const isEmptyPrompt = PROMPT_COUNTS.every((name) => (total[name] ?? 0) === 0);
  if (chars > 0 && isEmptyPrompt) for (const name of PROMPT_COUNTS) delete total[name];
  const output = total['output'] ?? 0;
  const estimate = Math.ceil(chars / CHARS_PER_TOKEN);
  const isEstimated = estimate > output && (output === 0 || !isOutputFinal);
  const { webSearches, speed, inferenceGeo, serviceTier } = reported;
  return defined({
    ...total,
    ...(isEstimated ? { output: estimate, isEstimated } : {}),
    webSearches: isCount(webSearches) ? webSearches : undefined,
    model,
    iterations: iterations.length === 0 ? undefined : shortened(iterations),
    speed: unlessStandard(speed),
    inferenceGeo: unlessStandard(inferenceGeo),
    serviceTier: unlessStandard(serviceTier),
  });
}

const PROMPT_COUNTS = ['input', 'cacheRead', 'cacheWrite5m', 'cacheWrite1h'] as const;
const COUNTS = [...PROMPT_COUNTS, 'output'] as const;

/**
 * Whether the top-level counts leave this type out, as they do compaction and advisors. Unknown types count
 * as left out, so that their tokens are billed.
 */
function isExtra(type: string | undefined): boolean {
  return type !== undefined && type !== 'message' && type !== 'fallback_message';
}

/** The valid counts. */
function topCounts(reported: Counts): Partial<Record<(typeof COUNTS)[number], number>> {
  const { input, cacheWrite, cacheWrite5m, cacheWrite1h, cacheRead, output } = reported;
  const hour = isCount(cacheWrite1h) ? cacheWrite1h : undefined;
  const unsplit = isCount(cacheWrite) ? Math.max(0, cacheWrite - (hour ?? 0)) : undefined;
  const fiveMinutes = larger(unsplit, cacheWrite5m);
  const counts = { input, cacheRead, cacheWrite5m: fiveMinutes, cacheWrite1h: hour, output };
  return Object.fromEntries(Object.entries(counts).filter(([, value]) => isCount(value)));
}

function iterationOf({ type, model, ...counts }: ReportedIteration): Iteration {
  const {
    input = 0,
    cacheRead = 0,
    cacheWrite5m = 0,
    cacheWrite1h = 0,
    output = 0,
  } = topCounts(counts);
  return defined({ type, model, input, output, cacheRead, cacheWrite5m, cacheWrite1h });
}

function shortened(iterations: readonly Iteration[]): Iteration[] {
  const kept = iterations.slice(0, ITERATIONS_MAX);
  const last = kept.pop();
  if (!last) return [];
  const rest = [last, ...iterations.slice(ITERATIONS_MAX)];
  const sums = COUNTS.map((name) => [name, sumOf(rest, name)] as const);
  return [...kept, { ...last, ...Object.fromEntries(sums) }];
}

function sumOf(iterations: readonly Iteration[], name: (typeof COUNTS)[number]): number {
  return iterations.reduce((sum, iteration) => bounded(sum + iteration[name]), 0);
}

/** Limits a count to what every store can hold. */
function bounded(count: number): number {
  return Math.min(count, Number.MAX_SAFE_INTEGER);
}

function countsOf(usage: Json): Counts {
  const { cache_creation: created, output_tokens_details: details } = usage;
  const thinking = isObject(details) ? numberIn(details['thinking_tokens']) : undefined;
  const writes = isObject(created) ? created : {};
  return {
    input: numberIn(usage['input_tokens']),
    output: larger(numberIn(usage['output_tokens']), thinking),
    cacheRead: numberIn(usage['cache_read_input_tokens']),
    cacheWrite: numberIn(usage['cache_creation_input_tokens']),
    cacheWrite5m: numberIn(writes['ephemeral_5m_input_tokens']),
    cacheWrite1h: numberIn(writes['ephemeral_1h_input_tokens']),
  };
}

function mergedCounts(one: Counts, later: Counts): Counts {
  return {
    input: larger(one.input, later.input),
    output: larger(one.output, later.output),
    cacheRead: larger(one.cacheRead, later.cacheRead),
    cacheWrite: larger(one.cacheWrite, later.cacheWrite),
    cacheWrite5m: larger(one.cacheWrite5m, later.cacheWrite5m),
    cacheWrite1h: larger(one.cacheWrite1h, later.cacheWrite1h),
  };
}

/** Matches the nth run of each type and model in both reports. */
function mergedIterations(
  one: readonly ReportedIteration[] = [],
  later: readonly ReportedIteration[] = [],
): readonly ReportedIteration[] {
  if (one.length === 0) return later;
  const added = Map.groupBy(later, runOf);
  const reports = (run: string) => added.get(run) ?? [];
  const seen = new Map<string, number>();
  const merged = one.map((iteration) => {
    const run = runOf(iteration);
    const nth = seen.get(run) ?? 0;
    seen.set(run, nth + 1);
    const again = reports(run)[nth];
    return again ? { ...again, ...mergedCounts(iteration, again) } : iteration;
  });
  const rest = [...added.keys()].map((run) => reports(run).slice(seen.get(run) ?? 0));
  return merged.concat(...rest);
}

function runOf({ type, model }: ReportedIteration): string {
  return JSON.stringify([type, model]);
}

/** The value that costs more, as far as that is known; otherwise the later one. */
function costlier(one: string | undefined, later: string | undefined): string | undefined {
  if (one === undefined || later === undefined) return later ?? one;
  return rankOf(one) > rankOf(later) ? one : later;
}

function rankOf(word: string): number {
  if (DISCOUNTED.has(word)) return 0;
  return STANDARD.has(word) ? 1 : 2;
}

/** The larger count; an invalid one is kept only if there is no other. */
function larger(one: number | undefined, later: number | undefined): number | undefined {
  if (isCount(one) && isCount(later)) return Math.max(one, later);
  return isCount(later) || one === undefined ? later : one;
}

/** Omits values that do not change the price. */
function unlessStandard(word: string | undefined): string | undefined {
  return word === undefined || STANDARD.has(word) ? undefined : word;
}

type Defined<Fields> = { [Name in keyof Fields]: Exclude<Fields[Name], undefined> };

function defined<Fields extends object>(fields: Fields): Defined<Fields> {
  const present = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present) as Defined<Fields>;
}
