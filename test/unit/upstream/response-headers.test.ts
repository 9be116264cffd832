import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { responseHeaders } from '../../../services/upstream/response-headers.ts';
import { replyCases } from '../../kit/corpus.ts';
import { checkProperty } from '../../kit/properties.ts';

describe('responseHeaders', () => {
  it.each([
    'Content-Type',
    'retry-after',
    'retry-after-ms',
    'X-Should-Retry',
    'anthropic-workspace-id',
    'anthropic-beta',
    'cache-control',
    'x-from-the-future',
  ])('keeps %s', (name) => {
    expect(responseHeaders(200, [name, '1'])).toEqual([name, '1']);
  });

  it.each([
    // The quota of our account is not the client's.
    'anthropic-ratelimit-requests-limit',
    'anthropic-ratelimit-input-tokens-reset',
    'Anthropic-RateLimit-Unified-Status',
    'anthropic-priority-input-tokens-remaining',
    'anthropic-fast-output-tokens-limit',
    'anthropic-organization-id',
    // Headers of the upstream and its edge.
    'request-id',
    'Request-Id',
    'cf-ray',
    'CF-Cache-Status',
    'via',
    'server',
    'set-cookie',
    'strict-transport-security',
    'x-envoy-upstream-service-time',
    // Framing, which the gateway sets itself.
    'content-length',
    'content-encoding',
    'transfer-encoding',
    'connection',
    'Keep-Alive',
    'trailer',
    'date',
  ])('drops %s', (name) => {
    expect(responseHeaders(200, ['a', '1', name, '2', 'b', '3'])).toEqual(['a', '1', 'b', '3']);
  });

  it('drops headers listed in the connection header, in any case', () => {
    const raw = [
      'X-Hop',
      '1',
      'Connection',
      'x-HOP, close',
      'connection',
      'x-other',
      'X-Other',
      '2',
    ];
    expect(responseHeaders(200, [...raw, 'X-Stays', '3'])).toEqual(['X-Stays', '3']);
  });

  it('keeps order, case and repetition of the remaining headers', () => {
    const names = fc.constantFrom('X-A', 'x-a', 'Retry-After', 'request-id', 'Content-Type', 'VIA');
    checkProperty(
      fc.property(fc.array(fc.tuple(names, fc.string())), (pairs) => {
        const passing = pairs.filter(([name]) => !/^(request-id|via)$/i.test(name));
        expect(responseHeaders(200, pairs.flat())).toEqual(passing.flat());
      }),
    );
  });

  it.each(replyCases().map(({ name, headers }) => [name, headers] as const))(
    'drops quota and edge headers in %s',
    (_, headers) => {
      expect(responseHeaders(200, headers).join('\n')).not.toMatch(
        /ratelimit|organization|cf-ray|^via$/im,
      );
    },
  );

  it('tells clients not to retry a 401, which concerns our credential', () => {
    expect(responseHeaders(401, ['a', '1'])).toEqual(['a', '1', 'x-should-retry', 'false']);
    expect(responseHeaders(401, ['X-Should-Retry', 'true'])).toEqual(['X-Should-Retry', 'true']);
    expect(responseHeaders(403, ['a', '1'])).toEqual(['a', '1']);
  });
});
