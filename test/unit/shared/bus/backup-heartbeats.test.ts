// What the heartbeat thread says about a blocked event loop, with a fake clock.

import { beforeEach, describe, expect, it } from 'vitest';
import { BackupHeartbeats } from '../../../../shared/bus/backup-heartbeats.ts';
import type { LoopBlocker } from '../../../../shared/bus/loop-blocker.ts';
import { WorkTable } from '../../../../shared/bus/work-table.ts';
import { limits } from '../../../../shared/limits.ts';
import { decodeBatch, FRAMES } from '../../../../shared/protocol/codec.ts';
import type { Frame } from '../../../../shared/protocol/messages.ts';
import { createFakeClock, type FakeClock } from '../../../kit/fake-clock.ts';

const { heartbeatMs, blockedMaxMs } = limits.pipeline;

let clock: FakeClock;
let table: WorkTable;
let heartbeats: BackupHeartbeats;
let batches: { subject: string; frames: Frame[] }[];
let ended: (LoopBlocker & { blockedMs: number })[];
let blocker: () => LoopBlocker | Promise<LoopBlocker>;
let searches: number;

beforeEach(() => {
  clock = createFakeClock();
  table = new WorkTable();
  batches = [];
  ended = [];
  searches = 0;
  blocker = () => ({ work: 'req_a/1/0', stack: ['at search'] });
  heartbeats = new BackupHeartbeats({
    clock,
    limits: limits.pipeline,
    table,
    publish: (subject, batch) =>
      void batches.push({ subject, frames: decodeBatch(batch, FRAMES) as Frame[] }),
    findBlocker: async () => {
      searches += 1;
      return await blocker();
    },
    end: (facts) => void ended.push(facts),
  });
});

function work(id: string, inbox = 'ingress'): number {
  const meta = { kind: 'heartbeat', id, attempt: 1, position: 0, seq: -1, from: 'worker' } as const;
  return table.add({ subject: `${inbox}.scrubber`, meta }) ?? -1;
}

async function tick(ms: number, { turns = false } = {}): Promise<void> {
  for (let passedMs = 0; passedMs < ms; passedMs += heartbeatMs) {
    clock.advance(heartbeatMs);
    if (turns) table.turn();
    heartbeats.tick();
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
  }
}

const frames = () => batches.flatMap((batch) => batch.frames.map(({ meta }) => meta));
const stated = (id: string) =>
  frames()
    .filter((meta) => meta.id === id)
    .map((meta) => (meta.kind === 'heartbeat' ? (meta.blockedBy ?? 'nothing') : meta.kind));

describe('the heartbeat thread', () => {
  it('is silent while the event loop turns', async () => {
    work('req_a');
    await tick(blockedMaxMs * 2, { turns: true });
    expect(batches).toEqual([]);
  });

  it('is silent when nothing is in work', async () => {
    table.delete(work('req_a'));
    await tick(blockedMaxMs * 2);
    expect([batches, ended, searches]).toEqual([[], [], 0]);
  });

  it('sends a heartbeat for each message, in one batch for each inbox, well before it counts as lost', async () => {
    work('req_a');
    work('req_b');
    work('req_c', 'another');
    await tick(limits.pipeline.heartbeatTimeoutMs / 2);
    const inboxes = new Set(batches.map(({ subject }) => subject));
    expect([...inboxes]).toEqual(['ingress.scrubber', 'another.scrubber']);
    expect(batches[0]?.frames.map(({ meta }) => meta)).toMatchObject([
      { kind: 'heartbeat', id: 'req_a', attempt: 1, position: 0, seq: -1, from: 'worker' },
      { kind: 'heartbeat', id: 'req_b' },
    ]);
  });

  it('splits the heartbeats of very many messages', async () => {
    for (let index = 0; index < 2_500; index += 1) work(`req_${index}`);
    await tick(heartbeatMs * 3);
    expect(batches.slice(0, 3).map((batch) => batch.frames.length)).toEqual([1_000, 1_000, 500]);
  });

  it('stops as soon as the event loop turns again, or the message is done', async () => {
    const entry = work('req_a');
    await tick(heartbeatMs * 5);
    table.delete(entry);
    work('req_b');
    batches = [];
    await tick(heartbeatMs);
    expect(stated('req_a')).toEqual([]);
    expect(stated('req_b')).toEqual(['nothing']);
    batches = [];
    await tick(heartbeatMs * 5, { turns: true });
    expect(batches).toEqual([]);
  });

  it('says which message hangs the event loop, several times, and then ends the process once', async () => {
    work('req_a');
    work('req_b');
    await tick(blockedMaxMs - heartbeatMs);
    expect(new Set([...stated('req_a'), ...stated('req_b')])).toEqual(new Set(['nothing']));
    await tick(limits.pipeline.heartbeatTimeoutMs);
    expect(stated('req_a').filter((said) => said === 'this').length).toBeGreaterThan(4);
    expect(stated('req_b').filter((said) => said === 'other').length).toBeGreaterThan(4);
    await tick(blockedMaxMs);
    expect(searches).toBe(1);
    expect(ended).toMatchObject([{ work: 'req_a/1/0', stack: ['at search'] }]);
    expect(ended[0]?.blockedMs).toBeGreaterThan(blockedMaxMs);
  });

  it('says that it does not know, when the event loop cannot be asked', async () => {
    blocker = () => ({ stack: [] });
    work('req_a');
    await tick(blockedMaxMs + heartbeatMs * 20);
    expect(stated('req_a').at(-1)).toBe('unknown');
    expect(ended).toHaveLength(1);
  });

  it('blames nothing when the event loop turned while it was asked', async () => {
    const asked = Promise.withResolvers<LoopBlocker>();
    blocker = () => asked.promise;
    work('req_a');
    await tick(blockedMaxMs + heartbeatMs);
    table.turn();
    asked.resolve({ work: 'req_a/1/0', stack: [] });
    await tick(blockedMaxMs - heartbeatMs);
    expect(new Set(stated('req_a'))).toEqual(new Set(['nothing']));
    expect(ended).toEqual([]);
  });

  it('does not count the time for which the whole process stood still', async () => {
    work('req_a');
    await tick(heartbeatMs, { turns: true });
    clock.advance(blockedMaxMs * 10);
    await tick(heartbeatMs);
    await tick(heartbeatMs * 5, { turns: true });
    expect([ended, searches]).toEqual([[], 0]);
  });
});
