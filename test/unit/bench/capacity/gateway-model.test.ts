import { describe, expect, it } from 'vitest';
import { boundsOf, predict, type Question } from '../../../bench/capacity/gateway-model.ts';

/** Every group takes 1 ms, but the policy 4 ms. */
function questionOf(changes: Partial<Question> = {}): Question {
  const names = [
    'client',
    'provider',
    'ingress',
    'scrubber',
    'policy',
    'upstream',
    'nats',
    'redis',
  ];
  const cpu = new Map(
    names.map((name) => [name, { mainMs: name === 'policy' ? 4 : 1, otherMs: 0 }] as const),
  );
  return {
    costs: { cpu, alone: cpu, spread: new Map() },
    processes: Object.fromEntries(names.map((name) => [name, 1])),
    arrivals: { kind: 'closed', clients: 32 },
    cores: 100,
    otherCores: 0,
    requests: 3_000,
    ...changes,
  };
}

const withPolicies = (count: number, cores: number) => {
  const { processes } = questionOf();
  return questionOf({ cores, processes: { ...processes, policy: count } });
};

describe('the model of a gateway', () => {
  it('ends at its slowest stage', () => {
    expect(boundsOf(questionOf()).get('policy')).toBe(250);
    expect(predict(questionOf()).perSecond).toBeCloseTo(250, -1);
  });

  it('gains by workers of that stage where there are cores for them', () => {
    expect(predict(withPolicies(2, 100)).perSecond).toBeGreaterThan(400);
  });

  it('gains nothing by them where the cores are busy', () => {
    const one = predict(withPolicies(1, 2)).perSecond;
    expect(predict(withPolicies(4, 2)).perSecond / one).toBeCloseTo(1, 1);
    expect(boundsOf(withPolicies(1, 2)).get('cores')).toBeCloseTo(2_000 / 11);
  });

  it('refuses requests beyond the places of a stage', () => {
    const { refused } = predict(
      questionOf({ arrivals: { kind: 'random', perSecond: 400 }, requests: 6_000 }),
    );
    expect(refused).toBeGreaterThan(0);
  });
});
