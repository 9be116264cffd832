import { describe, expect, it } from 'vitest';
import { LOADS, plansOf, type LoadName } from '../../bench/loads.ts';

interface Sent {
  readonly stream: boolean;
  readonly messages: readonly object[];
}

const EXTENT = { share: 0.1, msMax: 500 };
const plans = plansOf(LOADS, EXTENT);
const planOf = (name: LoadName) => {
  const plan = plans.get(name);
  if (!plan) throw new Error(`no plan for ${name}`);
  return plan;
};
const read = (body: Buffer) => JSON.parse(body.toString()) as Sent;

describe('the loads of the bench', () => {
  it.each(['1kb', '20kb', '200kb', '1mb'] as const)(
    '%s has nothing that was sent before',
    (name) => {
      const { first, busy } = planOf(name);
      const [one, other] = [read(first.body()), read(busy.body())];
      const seen = new Set(one.messages.map((message) => JSON.stringify(message)));
      expect(other.messages.some((message) => seen.has(JSON.stringify(message)))).toBe(false);
    },
  );

  it.each(['growing-20kb', 'growing-1mb'] as const)('%s has only its last turn new', (name) => {
    const { first, busy, alone } = planOf(name);
    const one = read(first.body());
    for (const { messages } of [read(busy.body()), read(alone.body())]) {
      expect(messages.slice(0, -2)).toEqual(one.messages.slice(0, -2));
      expect(messages.slice(-2)).not.toEqual(one.messages.slice(-2));
    }
  });

  it('have a share of the requests, and an end', () => {
    const whole = plansOf(LOADS, { share: 1, msMax: 500 });
    for (const name of LOADS) {
      const { busy, alone } = planOf(name);
      const full = whole.get(name);
      expect(alone.requests).toBeLessThan(full?.alone.requests ?? 0);
      if (name === 'streams') continue;
      expect(busy.requests).toBe(Math.ceil((full?.busy.requests ?? 0) / 10));
      expect([busy.msMax, alone.msMax]).toEqual([500, 250]);
    }
  });

  it('ask for streams in one', () => {
    for (const [name, { busy }] of plans) {
      expect(read(busy.body()).stream).toBe(name === 'streams');
      expect(busy.stream !== undefined).toBe(name === 'streams');
    }
  });
});
