import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseEndpoint } from '../../../../services/upstream/pool/choose-endpoint.ts';
import type { Endpoint } from '../../../../services/upstream/pool/endpoint.ts';
import { endpointOf } from '../../../kit/endpoints.ts';
import { checkProperty } from '../../../kit/properties.ts';

function endpoint(name: string, weight: number, models = ['*']): Endpoint {
  const transport = () => Promise.reject(new Error('unexpected call'));
  return endpointOf({ name, transport, weight, models });
}

const NONE: ReadonlySet<string> = new Set();

describe('the choice of an upstream', () => {
  it('is by weight', () => {
    const endpoints = [endpoint('a', 3), endpoint('b', 1)];
    const at = (position: number) =>
      chooseEndpoint({ endpoints, model: 'm', tried: NONE, nowMs: 0, random: () => position })
        ?.endpoint.options.name;
    expect([0, 0.74, 0.76, 0.999].map(at)).toEqual(['a', 'a', 'b', 'b']);
  });

  it('is an untried one that serves the model, if there is one', () => {
    const weights = fc.array(fc.double({ min: 0.01, max: 100, noNaN: true }), {
      minLength: 1,
      maxLength: 6,
    });
    const position = fc.double({ min: 0, max: 0.999_999, noNaN: true });
    checkProperty(
      fc.property(
        weights,
        position,
        fc.nat(5),
        fc.nat(5),
        (list, random, servedFrom, triedUntil) => {
          const endpoints = list.map((weight, index) =>
            endpoint(`e${index}`, weight, [index >= servedFrom ? 'm' : 'other']),
          );
          const tried = new Set(Array.from({ length: triedUntil }, (_, index) => `e${index} 0`));
          const eligible = list.flatMap((_, index) =>
            index >= servedFrom && index >= triedUntil ? `e${index}` : [],
          );
          const choice = chooseEndpoint({
            endpoints,
            model: 'm',
            tried,
            nowMs: 0,
            random: () => random,
          });
          expect(eligible.length === 0 ? [undefined] : eligible).toContain(
            choice?.endpoint.options.name,
          );
        },
      ),
    );
  });
});
