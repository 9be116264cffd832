import { describe, expect, it } from 'vitest';
import {
  callLimitsOf,
  mayNameResults,
  partialResponseOf,
} from '../../../../services/ingress/dispatch/passed-exchange.ts';
import { limits } from '../../../../shared/limits.ts';
import type { Envelope } from '../../../../shared/protocol/messages.ts';
import { requestMessage } from '../../../kit/request-messages.ts';

const { upstreamAttemptsMax } = limits.pipeline;

function callsOf(meta: Partial<Envelope>): number {
  const message = requestMessage(meta);
  return callLimitsOf({ limits: limits.pipeline, message }).upstreamAttemptsMax;
}

describe('calls to the upstream', () => {
  it.each(['POST', 'PATCH'] as const)(
    'of a %s that passes as it came are one at most',
    (method) => {
      expect(callsOf({ method, passThrough: 'batches' })).toBe(1);
    },
  );

  it.each(['GET', 'HEAD', 'PUT', 'DELETE'] as const)('of a %s may be repeated', (method) => {
    expect(callsOf({ method, passThrough: 'batches' })).toBe(upstreamAttemptsMax);
  });

  it('of a message may be repeated', () => {
    expect(callsOf({ method: 'POST' })).toBe(upstreamAttemptsMax);
  });
});

describe('a response', () => {
  const head = { status: 200, headers: ['content-type', 'application/json'] };

  it('that passes as it came is passed on at once', () => {
    const message = requestMessage({ method: 'GET', path: '/v1/files', passThrough: 'files' });
    expect(partialResponseOf({ limits: limits.pipeline, message }).begin(head)).toBeDefined();
  });

  it('to a message is kept until it is complete', () => {
    const message = requestMessage({});
    expect(partialResponseOf({ limits: limits.pipeline, message }).begin(head)).toBeUndefined();
  });

  it.each<[string, Partial<Envelope>, number, boolean]>([
    ['a batch', { path: '/v1/messages/batches/b' }, 200, true],
    ['a batch that is created', { method: 'POST', path: '/v1/messages/batches' }, 200, true],
    ['a batch with a strange id', { path: '/v1/messages/batches/results' }, 200, true],
    ['an error', { path: '/v1/messages/batches/b' }, 404, true],
    ['results', { path: '/v1/messages/batches/b/results?beta=true' }, 200, false],
    ['a head', { method: 'HEAD', path: '/v1/messages/batches/b' }, 200, false],
    ['nothing', { path: '/v1/messages/batches/b' }, 204, false],
    ['a file', { path: '/v1/files/b', passThrough: 'files' }, 200, false],
  ])('that is %s may name results, or not', (_, meta, status, expected) => {
    const asked = { method: 'GET', passThrough: 'batches', path: '/', ...meta } as const;
    expect(mayNameResults(asked, status)).toBe(expected);
  });
});
