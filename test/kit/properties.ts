// The one way to check a property. `npm test` checks the same cases every time and a few fresh ones;
// `npm run test:deep` checks a hundred times as many, all fresh. What fails prints its seed and path;
// PROPERTY_SEED and PROPERTY_PATH repeat it.

import fc from 'fast-check';
import { expect } from 'vitest';

/** Of the cases that are the same every time. */
const FIXED_SEED = 1;
/** One fresh case for so many fixed ones. */
const FIXED_PER_FRESH = 10;

interface Batch {
  readonly numRuns: number;
  readonly seed?: number;
  readonly path?: string;
}

interface Cases<Case> {
  /** How many of them are the same every time. */
  readonly runs?: number;
  /** Checked first, every time: what was once found by chance. */
  readonly examples?: Case[];
}

/** Throws, with the smallest case found, if the property does not hold. */
export function checkProperty<Case>(
  property: fc.IAsyncProperty<Case>,
  cases?: Cases<Case>,
): Promise<void>;
export function checkProperty<Case>(property: fc.IProperty<Case>, cases?: Cases<Case>): void;
export function checkProperty<Case>(
  property: fc.IProperty<Case> | fc.IAsyncProperty<Case>,
  { runs = 100, examples = [] }: Cases<Case> = {},
): Promise<void> | void {
  const first = { examples, numRuns: examples.length };
  if (isAsync(property)) return checkInTurn(property, first, runs);
  fc.assert(property, first);
  for (const batch of batchesOf(runs)) fc.assert(property, batch);
}

/** Looks for a smaller case only when asked to repeat: a test out of time would print no seed. */
async function checkInTurn<Case>(
  property: fc.IAsyncProperty<Case>,
  first: fc.Parameters<Case>,
  runs: number,
): Promise<void> {
  const { seed, rounds } = settings();
  const endOnFailure = seed === undefined || rounds !== undefined;
  await fc.assert(property, { ...first, endOnFailure });
  for (const batch of batchesOf(runs)) await fc.assert(property, { ...batch, endOnFailure });
}

function isAsync<Case>(
  property: fc.IProperty<Case> | fc.IAsyncProperty<Case>,
): property is fc.IAsyncProperty<Case> {
  return property.isAsync();
}

/** What a property would be given, for checks that need many values at once. */
export function* samplesOf<Value>(
  values: fc.Arbitrary<Value>,
  { runs = 100 }: { runs?: number } = {},
): Generator<Value> {
  for (const batch of batchesOf(runs)) yield* fc.sample(values, batch);
}

/** Whole batches, so that a deep run meets the same mixture of small and large cases. */
function* batchesOf(runs: number): Generator<Batch> {
  const { seed, path, rounds, roundsMs } = settings();
  if (rounds !== undefined) {
    const untilMs = Date.now() + roundsMs;
    for (let round = 0; round < rounds; round++) {
      if (Date.now() > untilMs) {
        const name = expect.getState().currentTestName ?? '';
        process.stderr.write(`Out of time after ${round} of ${rounds} rounds: ${name}\n`);
        return;
      }
      yield seed === undefined ? { numRuns: runs } : { numRuns: runs, seed: (seed + round) | 0 };
    }
  } else if (seed === undefined) {
    yield { numRuns: runs, seed: FIXED_SEED };
    yield { numRuns: Math.ceil(runs / FIXED_PER_FRESH) };
  } else yield path ? { numRuns: runs, seed, path } : { numRuns: runs, seed };
}

function settings() {
  return {
    /** The only cases to check, or the first ones of a deep run. */
    seed: wholeNumber('PROPERTY_SEED'),
    /** The only case of that seed to check. */
    path: process.env['PROPERTY_PATH'],
    /** A deep run: how many times as long it is. */
    rounds: wholeNumber('PROPERTY_ROUNDS'),
    /** After which a deep run begins no further round of a property. */
    roundsMs: wholeNumber('PROPERTY_MS') ?? Infinity,
  };
}

function wholeNumber(name: string): number | undefined {
  const text = process.env[name];
  if (!text) return undefined;
  const value = Number(text);
  if (!Number.isInteger(value)) throw new RangeError(`${name} is no whole number: ${text}`);
  return value;
}
