// The body of a request against a clock that stands still: what is taken before it is read, and how slowly
// it may arrive.

import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BodyBudget } from '../../../../services/ingress/admission/body-budget.ts';
import { createBodyReceiver } from '../../../../services/ingress/request/receive-body.ts';
import { LlmpError } from '../../../../shared/errors.ts';
import { limits } from '../../../../shared/limits.ts';
import { createFakeClock } from '../../../kit/fake-clock.ts';
import { checkProperty } from '../../../kit/properties.ts';

const { http } = limits;

interface Given {
  /** Chunked without. */
  readonly bytes?: number;
  readonly bytesMax?: number;
  readonly concurrentRequests?: number;
  /** The whole body came with the head. */
  readonly complete?: boolean;
  readonly lease?: () => Promise<void>;
  readonly bounds?: Partial<typeof http>;
}

function receive(given: Given = {}) {
  const { bytes, bytesMax = http.bodyBytesMax, concurrentRequests, complete = false } = given;
  const clock = createFakeClock();
  const bounds = { ...http, ...given.bounds };
  const budget = new BodyBudget(bounds);
  const did: string[] = [];
  const receiveBody = createBodyReceiver({
    budget,
    clock,
    limits: bounds,
    timeSliceMs: 8,
    admission: {
      lease: async () => {
        did.push('lease');
        await given.lease?.();
      },
    },
  });
  const headers =
    bytes === undefined ? { 'transfer-encoding': 'chunked' } : { 'content-length': String(bytes) };
  const state: FastifyRequest['state'] = { startedMs: 0, inviteBody: () => did.push('invite') };
  const request = {
    id: 'req_1',
    state,
    caller: { tenant: 'k', ...(concurrentRequests ? { limits: { concurrentRequests } } : {}) },
    raw: { headers, complete },
    routeOptions: { bodyLimit: bytesMax, config: { isLeased: true } },
  };
  const payload = new PassThrough({ highWaterMark: 2 ** 30 });
  const body = receiveBody(
    request as unknown as FastifyRequest,
    payload as unknown as IncomingMessage,
  );
  const outcome = body.then(
    (read) => read.toString('latin1'),
    (error: unknown) => LlmpError.from(error).code,
  );
  return { payload, outcome, clock, budget, state, did };
}

const turn = () => new Promise((resolve) => void setImmediate(resolve));

describe('before a body is read', () => {
  it('its lease and its bytes are taken, and then the client is told to send it', async () => {
    const leased = Promise.withResolvers<void>();
    const given = { bytes: 40_000, concurrentRequests: 1, lease: () => leased.promise };
    const { payload, outcome, budget, did } = receive(given);
    await turn();
    expect([did, budget.held]).toEqual([['lease'], 0]);
    leased.resolve();
    await turn();
    expect([did, budget.held]).toEqual([['lease', 'invite'], 40_000]);
    payload.end('x'.repeat(40_000));
    expect(await outcome).toHaveLength(40_000);
    expect(budget.held).toBe(40_000);
  });

  it.each<[string, Given]>([
    ['of a key without a limit', { bytes: 9 }],
    ['that came with its head', { bytes: 9, concurrentRequests: 1, complete: true }],
  ])('no lease is taken for a body %s', async (_name, given) => {
    const { payload, outcome, did } = receive(given);
    payload.end('123456789');
    expect(await outcome).toBe('123456789');
    expect(did).toEqual(['invite']);
  });

  it.each<[string, Given]>([
    ['request_too_large', { bytes: http.bodyBytesMax + 1 }],
    ['overloaded', { bytes: 1_000, bounds: { bodyBytesInFlightMax: 1_999 } }],
    ['overloaded', { bounds: { bodyBytesInFlightMax: 1_999 } }],
    [
      'store_down',
      {
        bytes: 1,
        concurrentRequests: 1,
        lease: () => Promise.reject(new LlmpError('store_down')),
      },
    ],
  ])('%s refuses it, and nothing is held', async (code, given) => {
    const { outcome, budget, did } = receive(given);
    expect(await outcome).toBe(code);
    expect([budget.held, did.includes('invite')]).toEqual([0, false]);
  });

  it('nothing is taken for a client that has left', async () => {
    const { payload, outcome, budget, state } = receive({ bytes: 9, concurrentRequests: 1 });
    state.isOver = true;
    payload.destroy();
    expect(await outcome).toBe('client_disconnected');
    expect(budget.held).toBe(0);
  });
});

describe('a body', () => {
  it('is read unchanged, in whatever pieces it comes', async () => {
    const pieces = fc.array(fc.string({ maxLength: 400, unit: 'binary-ascii' }), { maxLength: 20 });
    await checkProperty(
      fc.asyncProperty(pieces, fc.boolean(), async (texts, isChunked) => {
        const whole = texts.join('');
        const { payload, outcome, budget, clock } = receive({
          ...(isChunked ? {} : { bytes: whole.length }),
          bounds: { bodySegmentBytes: 100, bodyBytesCountedMin: 1 },
        });
        for (const text of texts) payload.write(text);
        payload.end();
        expect(await outcome).toBe(whole);
        expect(budget.held).toBe(Math.max(1, whole.length));
        expect(clock.pending).toBe(0);
      }),
    );
  });

  it('that is chunked may have exactly the most bytes, and not one more', async () => {
    const bounds = { bodySegmentBytes: 30 };
    for (const [bytes, expected] of [
      [100, 'x'.repeat(100)],
      [101, 'request_too_large'],
    ] as const) {
      const { payload, outcome } = receive({ bytesMax: 100, bounds });
      payload.end('x'.repeat(bytes));
      expect(await outcome).toBe(expected);
    }
  });

  it('that is chunked is refused once it outgrows the budget, and frees it', async () => {
    const bounds = { bodyBytesInFlightMax: 1_000, bodySegmentBytes: 100, bodyBytesCountedMin: 1 };
    const { payload, outcome, budget } = receive({ bounds });
    payload.write('x'.repeat(500));
    await turn();
    expect(budget.held).toBe(500);
    payload.write('x');
    expect(await outcome).toBe('overloaded');
    expect(budget.held).toBe(0);
  });

  it.each([
    ['whose client leaves', (payload: PassThrough) => void payload.destroy()],
    [
      'whose connection breaks',
      (payload: PassThrough) => void payload.destroy(new LlmpError('client_disconnected')),
    ],
  ])('%s frees what it held', async (_name, end) => {
    const { payload, outcome, budget, clock } = receive({ bytes: 9_000 });
    payload.write('x');
    await turn();
    end(payload);
    expect(await outcome).toBe('client_disconnected');
    expect([budget.held, clock.pending]).toEqual([0, 0]);
  });
});

describe('the rate of a body', () => {
  const bounds = { bodyGraceMs: 10_000, bodyBytesPerSecondMin: 1_000, requestArrivalMs: 60_000 };

  /** Sends so many bytes each second until the body is refused. @returns the second, or undefined */
  async function secondOfRefusal(given: Given, perSecond: number): Promise<number | undefined> {
    const { payload, outcome, clock } = receive({ bounds, ...given });
    let code: string | undefined;
    void outcome.then((text) => (code = text));
    for (let second = 1; second <= 100; second += 1) {
      payload.write('x'.repeat(perSecond));
      await turn();
      clock.advance(1_000);
      await turn();
      if (code === 'request_timeout') return second;
    }
    return undefined;
  }

  it.each([
    ['nothing', 0, 10],
    ['one byte a second', 1, 11],
    ['half the rate', 500, 20],
    ['almost the rate', 990, 60],
    ['the rate', 1_000, 60],
    ['ten times the rate', 10_000, 60],
  ])('of %s is borne for its grace and for what has arrived', async (_name, rate, second) => {
    for (const given of [{ bytes: 9_000_000 }, {}]) {
      expect(await secondOfRefusal(given, rate)).toBe(second);
    }
  });

  it('is not judged before what arrived meanwhile is read', async () => {
    const { payload, outcome, clock } = receive({ bounds, bytes: 100_000 });
    await turn();
    payload.write('x'.repeat(50_000));
    await turn();
    clock.advance(45_000);
    payload.end('x'.repeat(50_000));
    expect(await outcome).toHaveLength(100_000);
  });
});
