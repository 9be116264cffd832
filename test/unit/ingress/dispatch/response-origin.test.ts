import { describe, expect, it } from 'vitest';
import { originOf } from '../../../../services/ingress/dispatch/response-origin.ts';

const CACHE = { cache: { mode: 'use', ttlMs: 1 } } as const;
const head = (...headers: string[]) => ({ status: 200, headers });

describe('the origin of a response', () => {
  it.each([
    ['a hit', CACHE, head('x-llmp-cache', 'hit'), {}, 'cache'],
    ['a withheld hit', CACHE, undefined, { cache: 'hit' }, 'cache'],
    ['a miss', CACHE, head('x-llmp-cache', 'miss'), {}, 'upstream'],
    ['a hit in the cache of an upstream', {}, head('x-llmp-cache', 'hit'), {}, 'upstream'],
    ['the simulator', {}, head('x-llmp-upstream', 'simulator'), {}, 'simulator'],
    ['the simulator, withheld', {}, undefined, { usageSource: 'simulator' }, 'simulator'],
    ['an upstream', {}, head('x-llmp-upstream', 'one'), {}, 'upstream'],
    ['nothing', {}, undefined, {}, 'upstream'],
  ] as const)('is known for %s', (_, meta, sent, annotations, expected) => {
    expect(originOf(meta, sent, annotations)).toBe(expected);
  });
});
