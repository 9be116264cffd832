import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkProperty, samplesOf } from '../../kit/properties.ts';

const SETTINGS = ['CI', 'PROPERTY_SEED', 'PROPERTY_PATH', 'PROPERTY_ROUNDS', 'PROPERTY_MS'];
const any = fc.nat(1_000_000);

/** The cases that a property is checked with, in order. */
function casesOf(runs: number, examples: [number][] = []): number[] {
  const seen: number[] = [];
  const property = fc.property(any, (value) => void seen.push(value));
  checkProperty(property, { runs, examples });
  return seen;
}

function failure(): Error {
  try {
    checkProperty(fc.property(any, (value) => value < 1_000));
  } catch (error) {
    return error as Error;
  }
  throw new Error('the property held');
}

beforeEach(() => SETTINGS.forEach((name) => vi.stubEnv(name, undefined)));
afterEach(() => vi.unstubAllEnvs());

describe('a property', () => {
  it('is checked with the same cases every time, and a tenth as many fresh ones', () => {
    const once = casesOf(50);
    const again = casesOf(50);
    expect(once).toHaveLength(55);
    expect(again.slice(0, 50)).toEqual(once.slice(0, 50));
    expect(again.slice(50)).not.toEqual(once.slice(50));
    expect(new Set(once).size).toBeGreaterThan(30);
  });

  it('is checked with the same cases only in CI', () => {
    vi.stubEnv('CI', 'true');
    expect(casesOf(50)).toHaveLength(50);
    expect(casesOf(50)).toEqual(casesOf(50));
  });

  it('is checked with its examples first', () => {
    expect(casesOf(10, [[7], [8]]).slice(0, 2)).toEqual([7, 8]);
    expect(casesOf(10, [[7], [8]])).toHaveLength(13);
  });

  it('that fails reports the seed and path that repeat its smallest case', () => {
    const { message } = failure();
    const [, seed, path] = /seed: (-?\d+), path: "([\d:]+)"/.exec(message) ?? [];
    expect(message).toContain('Counterexample: [1000]');
    vi.stubEnv('PROPERTY_SEED', seed ?? '');
    expect(failure().message).toContain('Counterexample: [1000]');
    vi.stubEnv('PROPERTY_PATH', path ?? '');
    expect(failure().message).toMatch(/failed after 1 tests\n.*\nCounterexample: \[1000\]/s);
  });

  it('is checked round after round in a deep run, which its first seed repeats', () => {
    vi.stubEnv('PROPERTY_ROUNDS', '4');
    expect(casesOf(50)).not.toEqual(casesOf(50));
    vi.stubEnv('PROPERTY_SEED', '12');
    const deep = casesOf(50);
    expect(deep).toHaveLength(200);
    expect(casesOf(50)).toEqual(deep);
    vi.stubEnv('PROPERTY_ROUNDS', undefined);
    vi.stubEnv('PROPERTY_SEED', '14');
    expect(casesOf(50)).toEqual(deep.slice(100, 150));
  });

  it('starts no round after its time is over', () => {
    const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    vi.stubEnv('PROPERTY_ROUNDS', '1000000000');
    vi.stubEnv('PROPERTY_MS', '1');
    expect(casesOf(10).length % 10).toBe(0);
    expect(written.mock.calls.join()).toMatch(/Out of time after \d+ of 1000000000 rounds: a prop/);
    written.mockRestore();
  });

  it('may be asynchronous, with as many cases', async () => {
    const seen: number[] = [];
    const property = fc.asyncProperty(
      any,
      async (value) => void seen.push(await Promise.resolve(value)),
    );
    await checkProperty(property, { runs: 20, examples: [[5]] });
    expect(seen).toHaveLength(23);
    const fails = fc.asyncProperty(any, async (value) => (await Promise.resolve(value)) < 0);
    await expect(checkProperty(fails)).rejects.toThrow(/seed: 1, path: "0"/);
  });

  it('is checked with the same values as samples', () => {
    const samples = Array.from(samplesOf(any, { runs: 30 }));
    expect(samples.slice(0, 30)).toEqual(casesOf(30).slice(0, 30));
    expect(samples).toHaveLength(33);
  });

  it('rejects a setting that is not a whole number', () => {
    vi.stubEnv('PROPERTY_ROUNDS', 'many');
    expect(() => casesOf(1)).toThrow('PROPERTY_ROUNDS is not a whole number: many');
  });
});
