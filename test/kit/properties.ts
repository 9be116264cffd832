// The only way to check a property. `npm test` checks fixed cases and, outside CI, a few fresh ones;
// `npm run test:deep` checks a hundred times as many, all fresh. Failures print PROPERTY_SEED and
// PROPERTY_PATH to repeat them.

import fc from 'fast-check';
import { expect } from 'vitest';

/** Seed of the fixed cases. */
const FIXED_SEED = 1;
/** One fresh case per this many fixed ones. */
const FIXED_PER_FRESH = 10;

interface Batch {
  readonly numRuns: number;
  readonly seed?: number;
  readonly path?: string;
}

interface Cases<Case> {
  /** Number of fixed cases. */
  readonly runs?: number;
  /** Cases checked first, every time: regressions. */
  readonly examples?: Case[];
}

/** Throws, with the smallest failing case, if the property does not hold. */
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

/** Shrinks only when repeating a failure: a test that times out would print no seed. */
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

/** Whether this is the deep run, in which tests of size take the largest one. */
export function isDeepRun(): boolean {
  return settings().rounds !== undefined;
}

function isAsync<Case>(
  property: fc.IProperty<Case> | fc.IAsyncProperty<Case>,
): property is fc.IAsyncProperty<Case> {
  return property.isAsync();
}

/** Values of a property, for checks that need many at once. */
export function* samplesOf<Value>(
  values: fc.Arbitrary<Value>,
  { runs = 100 }: { runs?: number } = {},
): Generator<Value> {
  for (const batch of batchesOf(runs)) yield* fc.sample(values, batch);
}

/** Complete batches, so that a deep run has the same mix of small and large cases. */
function* batchesOf(runs: number): Generator<Batch> {
  const { seed, path, rounds, roundsMs } = settings();
  if (rounds !== undefined) {
    const deadlineMs = Date.now() + roundsMs;
    for (let round = 0; round < rounds; round++) {
      if (Date.now() > deadlineMs) {
        const name = expect.getState().currentTestName ?? '';
        process.stderr.write(`Out of time after ${round} of ${rounds} rounds: ${name}\n`);
        return;
      }
      yield seed === undefined ? { numRuns: runs } : { numRuns: runs, seed: (seed + round) | 0 };
    }
  } else if (seed === undefined) {
    yield { numRuns: runs, seed: FIXED_SEED };
    if (!process.env['CI']) yield { numRuns: Math.ceil(runs / FIXED_PER_FRESH) };
  } else yield path ? { numRuns: runs, seed, path } : { numRuns: runs, seed };
}

function settings() {
  return {
    /** The only cases to check, or the first ones of a deep run. */
    seed: wholeNumber('PROPERTY_SEED'),
    /** The only case of that seed to check. */
    path: process.env['PROPERTY_PATH'],
    /** Set for a deep run: how many times longer it is. */
    rounds: wholeNumber('PROPERTY_ROUNDS'),
    /** A deep run starts no further round of a property after this time. */
    roundsMs: wholeNumber('PROPERTY_MS') ?? Infinity,
  };
}

function wholeNumber(name: string): number | undefined {
  const text = process.env[name];
  if (!text) return undefined;
  const value = Number(text);
  if (!Number.isInteger(value)) throw new RangeError(`${name} is not a whole number: ${text}`);
  return value;
}
