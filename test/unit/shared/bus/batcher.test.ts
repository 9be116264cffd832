import { beforeEach, describe, expect, it } from 'vitest';
import { MessageBatcher } from '../../../../shared/bus/batcher.ts';
import type { Frame, FrameMeta, Message } from '../../../../shared/protocol/messages.ts';
import { decodeBatch, FRAMES } from '../../../../shared/protocol/codec.ts';
import { createFakeClock, type FakeClock } from '../../../kit/fake-clock.ts';

const BATCH_MS = 5;
const LAZY_MS = 100;

let clock: FakeClock;
let batcher: MessageBatcher;
/** What leaves when the turn ends. */
let leaving: { subject: string; encode: () => Uint8Array }[];
beforeEach(() => {
  clock = createFakeClock();
  leaving = [];
  batcher = new MessageBatcher({
    clock,
    batchWindowMs: BATCH_MS,
    lazyWindowMs: LAZY_MS,
    publish: (subject, encode) => void leaving.push({ subject, encode }),
  });
});

function chunk(seq: number, size = 1): Frame {
  const meta: FrameMeta = {
    kind: 'chunk',
    id: 'req_1',
    attempt: 1,
    position: 0,
    from: 'worker',
    seq,
    more: false,
  };
  return { meta, bytes: new Uint8Array(size) };
}

/** Ends the turn. @returns the numbers of the frames in each batch */
function sent(): number[][] {
  return leaving
    .splice(0)
    .map(({ encode }) =>
      decodeBatch(encode(), FRAMES).map(({ meta }: Message<{ seq?: number }>) => meta.seq ?? -1),
    );
}

describe('a batch', () => {
  it('leaves at the end of the turn, with all that came in it', () => {
    batcher.add('inbox', chunk(0), 'lazy');
    expect(sent()).toEqual([]);
    batcher.add('inbox', chunk(1), 'immediate');
    batcher.add('inbox', chunk(2), 'batched');
    batcher.add('inbox', chunk(3), 'lazy');
    expect(sent()).toEqual([[0, 1, 2, 3]]);
    clock.advance(LAZY_MS);
    expect(sent()).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it('gathers what follows within the window', () => {
    batcher.add('inbox', chunk(0), 'batched');
    expect(sent()).toEqual([[0]]);
    clock.advance(1);
    batcher.add('inbox', chunk(1), 'batched');
    batcher.add('inbox', chunk(2), 'batched');
    clock.advance(BATCH_MS - 2);
    expect(sent()).toEqual([]);
    clock.advance(1);
    expect(sent()).toEqual([[1, 2]]);
  });

  it('that had to leave at once lets the next message wait for nothing', () => {
    batcher.add('inbox', chunk(0), 'immediate');
    expect(sent()).toEqual([[0]]);
    batcher.add('inbox', chunk(1), 'batched');
    expect(sent()).toEqual([[1]]);
  });

  it('waits for a long time if nobody does for it', () => {
    batcher.add('inbox', chunk(0), 'lazy');
    clock.advance(LAZY_MS - 1);
    expect(sent()).toEqual([]);
    clock.advance(1);
    expect(sent()).toEqual([[0]]);
  });

  it('stays below the maximum of a broker, in order', () => {
    for (let seq = 0; seq < 9; seq += 1) batcher.add('inbox', chunk(seq, 100_000), 'immediate');
    expect(sent()).toEqual([
      [0, 1, 2],
      [3, 4, 5],
      [6, 7, 8],
    ]);
  });

  it('is for one inbox', () => {
    batcher.add('one', chunk(0), 'batched');
    batcher.add('other', chunk(1), 'batched');
    expect(leaving.map(({ subject }) => subject)).toEqual(['one', 'other']);
    expect(sent()).toEqual([[0], [1]]);
  });

  it('leaves when the bus closes', () => {
    batcher.add('inbox', chunk(0), 'lazy');
    batcher.flush();
    expect(sent()).toEqual([[0]]);
    expect(clock.pending).toBe(0);
  });
});
