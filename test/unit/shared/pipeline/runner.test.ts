// A worker process and the silence of its ingress, with a clock and a bus in the test's hands.

import { beforeEach, describe, expect, it } from 'vitest';
import type { Accept, Bus, WorkWatch } from '../../../../shared/bus/bus.ts';
import { limits } from '../../../../shared/limits.ts';
import { Runner } from '../../../../shared/pipeline/runner.ts';
import type { FrameMeta } from '../../../../shared/protocol/messages.ts';
import { createFakeClock, type FakeClock } from '../../../kit/fake-clock.ts';
import { requestMessage } from '../../../kit/request-messages.ts';

const { heartbeatMs, ingressTimeoutMs } = limits.pipeline;

let clock: FakeClock;
let accept: Accept;
let posted: FrameMeta[];
let watched: string[];
let isAborted: boolean;
let finish: () => void;

beforeEach(async () => {
  clock = createFakeClock();
  posted = [];
  watched = [];
  isAborted = false;
  const bus: Pick<Bus, 'serve' | 'openWorkerInbox' | 'postFrame' | 'connected' | 'watchWork'> = {
    async serve(_stage, accepts) {
      accept = accepts;
      return { stop: async () => {} };
    },
    openWorkerInbox: async () => ({ address: 'worker', close: async () => {} }),
    postFrame: (_address, _sender, { meta }) => void posted.push(meta),
    connected: () => true,
    watchWork({ id }): WorkWatch {
      watched.push(`begins ${id}`);
      return { run: (work) => work(), end: () => void watched.push(`ends ${id}`) };
    },
  };
  await Runner.start({
    bus: bus as Bus,
    clock,
    limits: { ...limits.pipeline, ...limits.eventLoop },
    stages: {
      policy: async (_message, { signal }) => {
        signal.addEventListener('abort', () => (isAborted = true), { once: true });
        await new Promise<void>((resolve) => (finish = resolve));
        return { kind: 'pass' };
      },
    },
    onError: () => {},
  });
});

async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

describe('a worker', () => {
  it('drops a message whose ingress has long been silent', async () => {
    accept(requestMessage({ position: 1 }));
    await settle();
    clock.advance(ingressTimeoutMs + 2 * heartbeatMs);
    expect(isAborted).toBe(true);
  });

  it('counts no silence of the ingress while its event loop was blocked', async () => {
    accept(requestMessage({ position: 1 }));
    await settle();
    clock.block(ingressTimeoutMs + 2 * heartbeatMs);
    expect(isAborted).toBe(false);
    clock.advance(ingressTimeoutMs + 2 * heartbeatMs);
    expect(isAborted).toBe(true);
  });

  it('has a message watched from its acceptance until nothing is left to send', async () => {
    accept(requestMessage({ position: 1 }));
    await settle();
    expect(watched).toEqual(['begins req_1']);
    finish();
    clock.advance(ingressTimeoutMs + 2 * heartbeatMs);
    await settle();
    expect(watched).toEqual(['begins req_1', 'ends req_1']);
  });
});
