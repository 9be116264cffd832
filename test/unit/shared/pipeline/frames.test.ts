// Frame writer and reader over a channel that loses, repeats and delays frames.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Flush } from '../../../../shared/bus/bus.ts';
import type { Frame, SequenceControl } from '../../../../shared/protocol/messages.ts';
import { LlmpError } from '../../../../shared/errors.ts';
import { FrameReader } from '../../../../shared/pipeline/frames/reader.ts';
import { FrameWriter } from '../../../../shared/pipeline/frames/writer.ts';
import { requestMessage } from '../../../kit/request-messages.ts';
import { checkProperty } from '../../../kit/properties.ts';

/** Both ends and the queues between them; `pump` delivers. */
function ends(creditBytes = 1_000_000) {
  const toReader: Frame[] = [];
  const toWriter: SequenceControl[] = [];
  const delivered: Frame[] = [];
  const { meta } = requestMessage({ position: 3 });
  const writer = new FrameWriter({
    meta,
    from: 'upstream-box',
    creditBytes,
    post: (frame) => void toReader.push(frame),
  });
  const reader = new FrameReader({
    ackBytes: 64,
    postControl: (kind, seq) =>
      void toWriter.push({ kind, id: meta.id, attempt: 1, position: 3, seq }),
    deliver: (frame) => {
      delivered.push(frame);
      reader.consumed(frame, frame.meta.kind === 'end' || frame.meta.kind === 'error');
    },
  });
  const pump = () => {
    for (const frame of toReader.splice(0)) reader.receive(frame);
    for (const control of toWriter.splice(0)) writer.control(control);
  };
  return { writer, reader, toReader, toWriter, delivered, pump };
}

function textOf(frames: readonly Frame[]): string {
  return Buffer.concat(frames.map(({ bytes }) => bytes ?? new Uint8Array())).toString();
}

describe('frames', () => {
  it('arrive once and in order whatever the channel loses, repeats or delays', async () => {
    const fate = fc.constantFrom('through', 'through', 'lost', 'twice', 'lazy');
    const texts = fc.array(fc.string({ minLength: 1, maxLength: 40 }), { maxLength: 30 });
    await checkProperty(
      fc.asyncProperty(texts, fc.array(fate, { minLength: 1 }), async (sent, fates) => {
        const { writer, reader, toReader, toWriter, delivered } = ends();
        let turn = 0;
        const late: (() => void)[] = [];
        const suffer = <Item>(items: Item[], arrive: (item: Item) => void) => {
          for (const item of items.splice(0)) {
            const what = fates[turn++ % fates.length];
            if (what === 'lost') continue;
            if (what === 'lazy') late.push(() => arrive(item));
            else arrive(item);
            if (what === 'twice') arrive(item);
          }
        };
        writer.accepted();
        writer.head({ status: 200, headers: ['a', 'b'] }, true);
        for (const text of sent) await writer.chunk(Buffer.from(text));
        writer.end(1, { annotations: { outputTokens: 3 } });
        for (let heartbeat = 0; heartbeat < 5 && !writer.settled; heartbeat += 1) {
          suffer(toReader, (frame) => reader.receive(frame));
          suffer(toWriter, (control) => writer.control(control));
          for (const arrive of late.splice(0)) arrive();
          writer.heartbeat();
        }
        // From here on the channel is sound; heartbeats alone must repair all that was lost.
        for (let heartbeat = 0; heartbeat < 4; heartbeat += 1) {
          writer.heartbeat();
          for (const frame of toReader.splice(0)) reader.receive(frame);
          for (const control of toWriter.splice(0)) writer.control(control);
        }
        expect(delivered.map(({ meta }) => meta.seq)).toEqual([...delivered.keys()]);
        expect(textOf(delivered)).toBe(sent.join(''));
        expect(delivered.at(-1)?.meta.kind).toBe('end');
        expect(writer.settled).toBe(true);
      }),
    );
  });

  it('make the writer wait once its credit is used up, and go on when bytes are consumed', async () => {
    const { writer, pump, delivered } = ends(256);
    let written = 0;
    const writing = (async () => {
      for (let n = 0; n < 20; n += 1) {
        await writer.chunk(Buffer.alloc(100));
        written += 1;
      }
    })();
    await Promise.resolve();
    expect(written).toBeLessThan(5);
    while (delivered.length < 20) {
      pump();
      await Promise.resolve();
    }
    await writing;
    expect(written).toBe(20);
  });

  it('split a chunk that is too large for a message, and mark that it continues', async () => {
    const { writer, pump, delivered } = ends();
    const bytes = Buffer.alloc(300 * 1024, 'abcdefg');
    await writer.chunk(bytes);
    pump();
    expect(delivered.map(({ meta }) => meta.kind === 'chunk' && meta.more)).toEqual([
      true,
      true,
      false,
    ]);
    expect(textOf(delivered)).toBe(bytes.toString());
  });

  it.each([
    ['a stream leave as they come', true, ['immediate', 'batched', 'batched', 'immediate']],
    ['another response leave together', false, ['lazy', 'lazy', 'lazy', 'immediate']],
  ])('of %s', async (_, isStream, expected) => {
    const flushes: Flush[] = [];
    const writer = new FrameWriter({
      meta: requestMessage({ position: 3 }).meta,
      from: 'upstream-box',
      creditBytes: 1_000,
      post: (_frame, flush) => void flushes.push(flush),
    });
    writer.head({ status: 200, headers: [] }, isStream);
    await writer.chunk(Buffer.from('a'));
    await writer.chunk(Buffer.from('b'));
    writer.end(1);
    expect(flushes).toEqual(expected);
  });

  it('end with the first end or error', async () => {
    const { writer, pump, delivered } = ends();
    writer.error(new LlmpError('upstream_disconnected'));
    writer.end(1, {});
    await writer.chunk(Buffer.from('lazy'));
    pump();
    expect(delivered.map(({ meta }) => meta.kind)).toEqual(['error']);
  });

  it('release a waiting writer when the request is cancelled', async () => {
    const { writer } = ends(10);
    const waiting = writer.chunk(Buffer.alloc(50));
    writer.control({ kind: 'cancel', id: 'req_1', attempt: 1, position: 3, seq: -1 });
    await waiting;
    expect(writer.settled).toBe(true);
  });
});
