import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { choose } from '../../../../services/upstream/pool/choose.ts';
import { Endpoint } from '../../../../services/upstream/pool/endpoint.ts';
import { checkProperty } from '../../../kit/properties.ts';

function endpoint(name: string, weight: number, models = ['*']): Endpoint {
  return new Endpoint({
    name,
    weight,
    models,
    transport: () => Promise.reject(new Error('nobody is asked')),
    credentials: [[]],
    aliases: {},
    headers: [],
    headersTimeoutMs: 1,
  });
}

const NOBODY: ReadonlySet<string> = new Set();

describe('the choice among upstreams', () => {
  it('is by weight', () => {
    const endpoints = [endpoint('a', 3), endpoint('b', 1)];
    const at = (place: number) =>
      choose({ endpoints, model: 'm', tried: NOBODY, nowMs: 0, random: () => place })?.endpoint
        .options.name;
    expect([0, 0.74, 0.76, 0.999].map(at)).toEqual(['a', 'a', 'b', 'b']);
  });

  it('is always one that has the model and was not tried, if there is one', () => {
    const weights = fc.array(fc.double({ min: 0.01, max: 100, noNaN: true }), {
      minLength: 1,
      maxLength: 6,
    });
    const place = fc.double({ min: 0, max: 0.999_999, noNaN: true });
    checkProperty(
      fc.property(weights, place, fc.nat(5), fc.nat(5), (list, random, servedFrom, triedUntil) => {
        const endpoints = list.map((weight, index) =>
          endpoint(`e${index}`, weight, [index >= servedFrom ? 'm' : 'other']),
        );
        const tried = new Set(Array.from({ length: triedUntil }, (_, index) => `e${index} 0`));
        const able = list.flatMap((_, index) =>
          index >= servedFrom && index >= triedUntil ? `e${index}` : [],
        );
        const choice = choose({ endpoints, model: 'm', tried, nowMs: 0, random: () => random });
        expect(able.length === 0 ? [undefined] : able).toContain(choice?.endpoint.options.name);
      }),
    );
  });
});
