import { describe, expect, it } from 'vitest';
import { limits } from '../../../../shared/limits.ts';
import { RequestBody } from '../../../../shared/protocol/body.ts';
import { Quarantine } from '../../../../services/ingress/dispatch/quarantine.ts';
import { createFakeClock } from '../../../kit/fake-clock.ts';
import { requestMessage } from '../../../kit/request-messages.ts';

const LOST = new Map([
  [1, 0],
  [2, 1],
]);

function quarantineOf(...bodies: readonly string[]) {
  const clock = createFakeClock();
  const quarantine = new Quarantine({
    clock,
    limits: { ...limits.pipeline, quarantineEntriesMax: 3 },
  });
  for (const [index, body] of bodies.entries()) {
    quarantine.add(requestMessage({ id: `req_${index}` }, Buffer.from(body)), LOST);
    clock.advance(1);
  }
  const has = (body: string, tenant = 'tester') =>
    quarantine.has(tenant, new RequestBody(Buffer.from(body)));
  return { clock, quarantine, has };
}

describe('the quarantine', () => {
  it('knows the body of its tenant, and no other of the same length', () => {
    const { has } = quarantineOf('{"a":1}');
    expect(has('{"a":1}')).toBe(true);
    expect(has('{"a":2}')).toBe(false);
    expect(has('{"a":1}', 'another')).toBe(false);
  });

  it('forgets a body after a while, and the oldest one when it is full', () => {
    const { clock, has } = quarantineOf('1', '2', '3', '4');
    expect(['1', '2', '3', '4'].map((body) => has(body))).toEqual([false, true, true, true]);
    clock.advance(limits.pipeline.quarantineMs - 3);
    expect(['2', '3', '4'].map((body) => has(body))).toEqual([false, true, true]);
  });

  it('never has requests without a body', () => {
    expect(quarantineOf('').has('')).toBe(false);
  });

  it.each([
    ['a lost worker', 'req_0', 1, 0, false],
    ['a worker behind it', 'req_0', 1, 2, false],
    ['a worker before it', 'req_0', 2, 0, true],
    ['another attempt', 'req_0', 3, 5, true],
    ['another request', 'req_9', 1, 0, true],
  ])('keeps a body, or not, when %s speaks', (_, id, attempt, position, isKept) => {
    const { quarantine, has } = quarantineOf('{}');
    quarantine.heardFrom({ id, attempt, position });
    expect(has('{}')).toBe(isKept);
  });
});
