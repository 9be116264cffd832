// Settlement of a request whose response has closed, in every state that its admission can be in.

import type { FastifyReply, FastifyRequest } from 'fastify';
import { describe, expect, it } from 'vitest';
import type { Grant } from '../../../services/ingress/admission/admission.ts';
import { createOnResponse } from '../../../services/ingress/on-response.ts';
import type { LedgerEntry } from '../../../shared/metering/ledger.ts';
import { createFakeClock } from '../../kit/fake-clock.ts';

const LAST_WORDS_MS = 1_000;

function setup() {
  const clock = createFakeClock();
  const logged: string[] = [];
  const settled: LedgerEntry[] = [];
  const errors: unknown[] = [];
  const unlimited: (LedgerEntry | undefined)[] = [];
  const onResponse = createOnResponse({
    clock,
    limits: { finalFlushMs: LAST_WORDS_MS },
    events: {
      requestFinished: ({ requestId }) => logged.push(requestId),
      onError: (error, requestId) => errors.push([error, requestId]),
    },
    prices: { models: {} },
    settlementWriter: { enqueue: ({ entry }) => unlimited.push(entry) },
  });
  const grant: Grant = {
    headers: [],
    estimate: 0,
    settle: (_spent, _cost, entry) => settled.push(entry),
  };
  const close = (state: object, { hasKey = true } = {}) => {
    const request = {
      id: 'req_1',
      method: 'POST',
      routeOptions: { url: '/v1/messages', config: {} },
      caller: hasKey ? { keyId: 'k', tenant: 'k' } : undefined,
      state: { startedMs: 0, ...state },
    };
    const reply = { raw: { writableFinished: false, headersSent: false } };
    onResponse.handle(request as unknown as FastifyRequest, reply as FastifyReply);
  };
  return { clock, logged, errors, settled, unlimited, onResponse, grant, close };
}

describe('a response that has closed', () => {
  it('settles the grant of its request, with one line and one entry', () => {
    const { logged, settled, unlimited, grant, close } = setup();
    close({ grant });
    expect(logged).toEqual(['req_1']);
    expect(settled).toMatchObject([{ id: 'req_1', outcome: 'client_disconnected' }]);
    expect(unlimited).toEqual([]);
  });

  it('settles a grant that comes after the client has left', async () => {
    const { settled, unlimited, onResponse, grant, close } = setup();
    const admission = Promise.withResolvers<Grant>();
    close({ grant: admission.promise });
    expect(settled).toEqual([]);
    admission.resolve(grant);
    await onResponse[Symbol.asyncDispose]();
    expect(settled).toMatchObject([{ id: 'req_1' }]);
    expect(unlimited).toEqual([]);
  });

  it('writes the entry of a request that is rejected after its client has left', async () => {
    const { settled, unlimited, onResponse, close } = setup();
    const admission = Promise.withResolvers<Grant>();
    close({ grant: admission.promise });
    admission.reject(new Error('rate limited'));
    await onResponse[Symbol.asyncDispose]();
    expect(settled).toEqual([]);
    expect(unlimited).toMatchObject([{ id: 'req_1' }]);
  });

  it('writes the entry of a request that nothing was taken for', () => {
    const { unlimited, close } = setup();
    close({});
    expect(unlimited).toMatchObject([{ id: 'req_1' }]);
  });

  it('reports an error of its settlement, at once or later, and does not throw it', async () => {
    const { errors, onResponse, grant, close } = setup();
    const broken = new RangeError('broken');
    const settle = () => {
      throw broken;
    };
    close({ grant: { ...grant, settle } });
    expect(errors).toEqual([[broken, 'req_1']]);
    close({ grant: Promise.resolve({ ...grant, settle }) });
    await onResponse[Symbol.asyncDispose]();
    expect(errors).toEqual([
      [broken, 'req_1'],
      [broken, 'req_1'],
    ]);
  });

  it('logs a request without a key, and writes no entry', () => {
    const { logged, unlimited, close } = setup();
    close({}, { hasKey: false });
    expect(logged).toEqual(['req_1']);
    expect(unlimited).toEqual([]);
  });

  it('waits for an admission no longer than for the last words of the process', async () => {
    const { clock, onResponse, close } = setup();
    close({ grant: new Promise<Grant>(() => {}) });
    const disposed = onResponse[Symbol.asyncDispose]();
    clock.advance(LAST_WORDS_MS);
    await expect(disposed).resolves.toBeUndefined();
  });
});
