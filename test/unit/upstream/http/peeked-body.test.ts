import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { peekBody } from '../../../../services/upstream/http/peeked-body.ts';
import { createFakeClock } from '../../../kit/fake-clock.ts';
import { checkProperty } from '../../../kit/properties.ts';

const OPTIONS = { holdMs: 100, bytesMax: 1_000, isEnough: () => false };

async function* flow(texts: readonly string[], error?: Error): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
  if (error) throw error;
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  return Buffer.concat(await Array.fromAsync(body)).toString();
}

describe('a body whose beginning is read', () => {
  it('still yields every byte, wherever reading stopped', async () => {
    const property = fc.asyncProperty(
      fc.array(fc.string(), { maxLength: 8 }),
      fc.nat(20),
      fc.nat(4),
      async (texts, bytesMax, chunksMax) => {
        let count = 0;
        const peeked = await peekBody(flow(texts), {
          ...OPTIONS,
          clock: createFakeClock(),
          bytesMax,
          isEnough: () => ++count > chunksMax,
        });
        const whole = texts.join('');
        expect(whole.startsWith(peeked.start.toString())).toBe(true);
        expect(peeked.isWhole && peeked.start.toString() !== whole).toBe(false);
        expect(await textOf(peeked.body)).toBe(whole);
      },
    );
    await expect(checkProperty(property)).resolves.toBeUndefined();
  });

  it('is passed on when the time is up, with the chunk it waited for', async () => {
    const clock = createFakeClock();
    const late = Promise.withResolvers<void>();
    const waiting = Promise.withResolvers<void>();
    async function* slow() {
      yield Buffer.from('early ');
      waiting.resolve();
      await late.promise;
      yield Buffer.from('late');
    }
    const peeking = peekBody(slow(), { ...OPTIONS, clock });
    await waiting.promise;
    clock.advance(100);
    const { start, isWhole, body } = await peeking;
    expect([start.toString(), isWhole]).toEqual(['early ', false]);
    late.resolve();
    expect(await textOf(body)).toBe('early late');
    expect(clock.pending).toBe(0);
  });

  it('throws the error of its end after its bytes', async () => {
    const error = new RangeError('cut');
    const peeked = await peekBody(flow(['a', 'b'], error), {
      ...OPTIONS,
      clock: createFakeClock(),
    });
    expect(peeked).toMatchObject({ isWhole: true, error });
    const seen: string[] = [];
    const reading = (async () => {
      for await (const chunk of peeked.body) seen.push(Buffer.from(chunk).toString());
    })();
    await expect(reading).rejects.toBe(error);
    expect(seen).toEqual(['a', 'b']);
  });

  it('closes its source when it is discarded, or left early', async () => {
    for (const end of ['discard', 'leave']) {
      let closed = 0;
      async function* source() {
        try {
          yield Buffer.from('a');
          yield Buffer.from('b');
        } finally {
          closed += 1;
        }
      }
      const isEnough = () => true;
      const peeked = await peekBody(source(), { ...OPTIONS, isEnough, clock: createFakeClock() });
      if (end === 'discard') peeked.discard();
      else for await (const _ of peeked.body) break;
      await expect.poll(() => closed).toBe(1);
    }
  });
});
