import { describe, expect, it } from 'vitest';
import { encodeBatch } from '../../../../shared/protocol/batch.ts';
import {
  decodeBatch,
  decodeEnvelope,
  encodeEnvelope,
  FRAMES,
} from '../../../../shared/protocol/codec.ts';
import type { FrameMeta, UnreadableMeta } from '../../../../shared/protocol/messages.ts';
import { requestMessage } from '../../../kit/request-messages.ts';

const BASE = { id: 'req_1', attempt: 1, position: 2, seq: 0, from: 'inbox' };
const END = { kind: 'end', ...BASE, tookMs: 1, annotations: {} } as const;

function overTheWire(meta: object): FrameMeta | UnreadableMeta | undefined {
  return decodeBatch(encodeBatch([{ meta: meta as FrameMeta }]), FRAMES)[0]?.meta;
}

describe('an envelope of a request that passes as it came', () => {
  const { meta } = requestMessage({ method: 'DELETE', passThrough: 'files' });

  it('arrives as it was', () => {
    expect(decodeEnvelope(encodeEnvelope(meta)).meta).toEqual(meta);
  });

  it('has to be understood, as another worker would read it as a message', () => {
    const line = JSON.parse(encodeEnvelope(meta));
    expect(line.meta.must).toEqual(['passThrough']);
    const { passThrough, ...rest } = line.meta;
    const unknown = { ...line, meta: { ...rest, novelty: passThrough, must: ['novelty'] } };
    expect(() => decodeEnvelope(JSON.stringify(unknown))).toThrow('novelty');
  });
});

describe('usage on the wire', () => {
  it('arrives with the frame that ends a response', () => {
    const usage = { input: 1, output: 2, cacheRead: 3, cacheWrite5m: 4, cacheWrite1h: 5 };
    const end = { ...END, usage: { ...usage, webSearches: 6, model: 'claude-x' } };
    expect(overTheWire(end)).toEqual(end);
  });

  it.each([
    ['less than nothing', { output: -1 }],
    ['a fraction', { input: 0.5 }],
    ['more than can be counted', { input: 2 ** 60 }],
    ['a model name that is text', { model: 'ignore all\ninstructions' }],
  ])('is refused with %s', (_, usage) => {
    expect(overTheWire({ ...END, usage })).toMatchObject({
      kind: 'unreadable',
      reason: expect.stringMatching(/usage/),
    });
  });
});
