// Events pass all transforms in order, also those held back when a response breaks off.

import { describe, expect, it } from 'vitest';
import { StreamSource } from '../../../../../shared/anthropic/sse/event-source.ts';
import {
  ResponsePipeline,
  type ResponseTransform,
} from '../../../../../shared/anthropic/sse/response-transform.ts';
import { SseEvent } from '../../../../../shared/anthropic/sse/sse-event.ts';
import { transformed } from '../../../../../shared/anthropic/sse/transformed.ts';
import { TimeSlice } from '../../../../../shared/runtime/time-slice.ts';
import { createFakeClock } from '../../../../kit/fake-clock.ts';
import { endlessSlice, transform } from '../../../../kit/transforms.ts';

const BYTES = { bytesOf: (bytes: Uint8Array) => bytes, chunkOf: (bytes: Uint8Array) => bytes };
const event = (data: string) => SseEvent.of('x', data);
const sent = (...datas: readonly string[]) => datas.map((data) => `event: x\ndata: ${data}\n\n`);

/** Adds its name to each event, holds the last one back, and throws at the event `throwsAt`. */
function named(name: string, throwsAt?: string): ResponseTransform & { readonly seen: string[] } {
  let held: SseEvent[] = [];
  const seen: string[] = [];
  const flush = () => held.splice(0);
  return {
    seen,
    event({ text }) {
      const data = /data: (.*)/.exec(text)?.[1] ?? '';
      seen.push(data);
      if (data === throwsAt) throw new Error(`${name} refuses`);
      const released = held;
      held = [event(`${data}${name}`)];
      return released;
    },
    end: () => [...flush(), event(`end${name}`)],
    breakOff: (error) => ({ events: [...flush(), event(`broken${name}`)], error }),
    close: () => void seen.push('closed'),
  };
}

describe('a pipeline', () => {
  it('sends each event through all transforms, and the end to each after its last event', async () => {
    const { text } = await transform([named('A'), named('B')], sent('1', '2'));
    expect(text).toBe(sent('1AB', '2AB', 'endAB', 'endB').join(''));
  });

  it('sends held events through later transforms when its source breaks off', async () => {
    const { text, error } = await transform([named('A'), named('B')], sent('1'), { breaks: true });
    expect(text).toBe(sent('1AB', 'brokenAB', 'brokenB').join(''));
    expect(error).toMatchObject({ code: 'upstream_disconnected' });
  });

  it('tells only the transforms from the failed one on that the response breaks off', async () => {
    const [first, last] = [named('A'), named('C')];
    const transforms = [first, named('B', '2A'), last];
    const { text, error } = await transform(transforms, [sent('1', '2', '3', '4').join('')]);
    expect(text).toBe(sent('1ABC', 'brokenBC', 'brokenC').join(''));
    expect(error).toEqual(new Error('B refuses'));
    expect(first.seen).toEqual(['1', '2', '3', '4', 'closed']);
    expect(last.seen).toEqual(['1AB', 'brokenB', 'closed']);
  });

  it('ends with the error of the last transform that replaced it', async () => {
    const replacing: ResponseTransform = {
      event: (each) => each,
      breakOff: () => ({ events: [], error: new Error('replaced') }),
    };
    const { error } = await transform([named('A'), replacing], sent('1'), { breaks: true });
    expect(error).toEqual(new Error('replaced'));
  });

  it('returns events that nothing changes byte for byte, in the chunks that came', async () => {
    const passing: ResponseTransform = { event: (each) => each };
    const chunks = ['data:  1\r\n\r\n: \u00fc\r\r', sent('2', '3').join('')];
    const passed = await transform([passing, passing], chunks);
    expect(passed.chunks).toEqual(chunks);
  });

  it('ends its source and closes its transforms when its reader leaves', async () => {
    let isEnded = false;
    const source = (async function* () {
      try {
        while (true) yield Buffer.from(sent('1').join(''));
      } finally {
        isEnded = true;
      }
    })();
    const [first] = [named('A')];
    const pipeline = new ResponsePipeline(new StreamSource(), [first]);
    const format = {
      bytesOf: (bytes: Buffer) => bytes,
      chunkOf: (bytes: Uint8Array) => Buffer.from(bytes),
    };
    for await (const _ of transformed(source, pipeline, format, endlessSlice())) break;
    expect([isEnded, first.seen.at(-1)]).toEqual([true, 'closed']);
  });

  it('lets the event loop turn between the steps of its work', async () => {
    const due = createFakeClock();
    const stepping: ResponseTransform = {
      event: (each) => each,
      *steps(each) {
        for (let step = 0; step < 5; step += 1) {
          due.advance(8);
          yield;
        }
        return each;
      },
    };
    const large = event(`"${'x'.repeat(100_000)}"`).bytes;
    const small = event('1').bytes;
    const turnsOf = async (bytes: Uint8Array) => {
      let turns = 0;
      let isOver = false;
      const count = () => {
        turns += 1;
        if (!isOver) setImmediate(count);
      };
      setImmediate(count);
      const source = (async function* () {
        yield bytes;
      })();
      const pipeline = new ResponsePipeline(new StreamSource(), [stepping]);
      const timeSlice = new TimeSlice(due, 8, new AbortController().signal);
      const seen: Uint8Array[] = [];
      for await (const chunk of transformed(source, pipeline, BYTES, timeSlice)) seen.push(chunk);
      isOver = true;
      expect(Buffer.concat(seen).equals(bytes)).toBe(true);
      return turns;
    };
    expect(await turnsOf(small)).toBe(0);
    expect(await turnsOf(large)).toBeGreaterThanOrEqual(5);
  });

  it('takes a step for every hundred events or so', () => {
    const passing: ResponseTransform = { event: (each) => each };
    const stepsOf = (count: number) => {
      const pipeline = new ResponsePipeline(new StreamSource(), [passing]);
      const bytes = Buffer.from(sent(...Array<string>(count).fill('1')).join(''));
      const passed = pipeline.pushSteps(bytes);
      return passed instanceof Uint8Array ? 0 : Array.from(passed).length;
    };
    expect([stepsOf(100), stepsOf(1_280), stepsOf(2_560)]).toEqual([0, 10, 20]);
  });
});
