import { describe, expect, it } from 'vitest';
import { ChunkQueue, type Chunk } from '../../../../services/ingress/dispatch/chunk-queue.ts';
import { LlmpError } from '../../../../shared/errors.ts';

function chunk(text: string): Chunk {
  return { bytes: Buffer.from(text), more: false };
}

function queueOf(...texts: readonly string[]) {
  const queue = new ChunkQueue();
  const consumed: string[] = [];
  const push = (text: string) => queue.push(chunk(text), () => void consumed.push(text));
  for (const text of texts) push(text);
  return { queue, consumed, push };
}

function read(chunks: readonly Chunk[]): string {
  return chunks.map(({ bytes }) => Buffer.from(bytes).toString()).join('');
}

describe('a chunk queue', () => {
  it('yields chunks in order, pushed before or during the read', async () => {
    const { queue, push } = queueOf('a', 'b');
    const reading = Array.fromAsync(queue);
    push('c');
    await Promise.resolve();
    push('d');
    queue.end();
    expect(read(await reading)).toBe('abcd');
  });

  it('wakes a reader that waits for the first chunk', async () => {
    const { queue, push } = queueOf();
    const next = queue[Symbol.asyncIterator]().next();
    push('a');
    expect(await next).toEqual({ done: false, value: chunk('a') });
  });

  it('counts a chunk as consumed when its reader asks for the next', async () => {
    const { queue, consumed } = queueOf('a', 'b');
    const chunks = queue[Symbol.asyncIterator]();
    await chunks.next();
    expect(consumed).toEqual([]);
    await chunks.next();
    expect(consumed).toEqual(['a']);
    queue.end();
    await chunks.next();
    expect(consumed).toEqual(['a', 'b']);
  });

  it('does not count the chunk at which its reader stops', async () => {
    const { queue, consumed } = queueOf('a');
    for await (const _ of queue) break;
    expect(consumed).toEqual([]);
  });

  it('yields its remaining chunks before it fails', async () => {
    const { queue } = queueOf('a', 'b');
    const error = new LlmpError('upstream_disconnected');
    queue.fail(error);
    const seen: Chunk[] = [];
    const reading = (async () => {
      for await (const next of queue) seen.push(next);
    })();
    await expect(reading).rejects.toBe(error);
    expect(read(seen)).toBe('ab');
  });

  it.each(['end', 'fail'] as const)('wakes a waiting reader on %s', async (ending) => {
    const { queue } = queueOf();
    const next = queue[Symbol.asyncIterator]().next();
    const settled = next.then(
      ({ done }) => (done ? 'end' : 'chunk'),
      () => 'fail',
    );
    if (ending === 'end') queue.end();
    else queue.fail(new LlmpError('upstream_disconnected'));
    expect(await settled).toBe(ending);
  });

  it('keeps its first ending and takes no more chunks', async () => {
    const { queue, push } = queueOf('a');
    queue.end();
    queue.fail(new LlmpError('upstream_disconnected'));
    push('b');
    expect(read(await Array.fromAsync(queue))).toBe('a');
  });
});
