import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { forwardHeaders } from '../../../../services/ingress/request/forward-headers.ts';
import { requestCases } from '../../../kit/corpus.ts';
import { checkProperty } from '../../../kit/properties.ts';

const SECRET = 'llmp_secret';

describe('forwardHeaders', () => {
  it.each([
    'anthropic-version',
    'Anthropic-Beta',
    'User-Agent',
    'content-type',
    'accept',
    'X-Stainless-Retry-Count',
    'X-Claude-Code-Session-Id',
    'anthropic-workspace-id',
    'traceparent',
    'baggage',
    'x-from-the-future',
  ])('forwards %s', (name) => {
    expect(forwardHeaders([name, '1'], SECRET)).toEqual([name, '1']);
  });

  it.each([
    // Credentials.
    'x-api-key',
    'X-Api-Key',
    'Authorization',
    'Cookie',
    // Framing and hop-by-hop headers.
    'Host',
    'Content-Length',
    'Accept-Encoding',
    'Expect',
    'Connection',
    'Keep-Alive',
    'Transfer-Encoding',
    'TE',
    'Upgrade',
    'Proxy-Authorization',
    'Proxy-Connection',
    // The client's address.
    'X-Forwarded-For',
    'x-forwarded-anything',
    'Forwarded',
    'X-Real-IP',
    'CF-Connecting-IP',
    'True-Client-IP',
    'X-Client-IP',
    'X-Envoy-External-Address',
    'X-Original-Forwarded-For',
  ])('drops %s', (name) => {
    expect(forwardHeaders(['a', '1', name, '2', 'b', '3'], SECRET)).toEqual(['a', '1', 'b', '3']);
  });

  it('drops headers listed in the connection header', () => {
    const raw = ['Connection', 'close, X-Hop', 'x-hop', '1', 'x-stays', '2'];
    expect(forwardHeaders(raw, SECRET)).toEqual(['x-stays', '2']);
  });

  it('drops every line of a header that contains the key', () => {
    const raw = ['X-Copy', 'none', 'x-note', 'a', 'x-copy', `key=${SECRET};`];
    expect(forwardHeaders(raw, SECRET)).toEqual(['x-note', 'a']);
  });

  it('keeps order, case, repetition and values of forwarded headers', () => {
    const names = fc.constantFrom(
      'X-A',
      'x-a',
      'anthropic-beta',
      'Anthropic-Beta',
      'Accept',
      'HOST',
    );
    checkProperty(
      fc.property(fc.array(fc.tuple(names, fc.string({ maxLength: 9 }))), (pairs) => {
        const passing = pairs.filter(([name]) => name !== 'HOST');
        expect(forwardHeaders(pairs.flat(), SECRET)).toEqual(passing.flat());
      }),
    );
  });

  it.each(requestCases().map(({ name, headers }) => [name, headers] as const))(
    'forwards no credential in %s',
    (_, headers) => {
      const raw = headers.map((text) => text.replaceAll('{key}', SECRET));
      expect(forwardHeaders(raw, SECRET).join('\n')).not.toContain(SECRET);
    },
  );
});
