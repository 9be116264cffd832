import { describe, expect, it } from 'vitest';
import { hasUnreadBody } from '../../../../services/ingress/request/http-message.ts';

describe('a body', () => {
  it.each([
    [false, { 'content-length': '5' }, true],
    [false, { 'transfer-encoding': 'chunked' }, true],
    [false, { 'content-length': '0' }, false],
    [false, {}, false],
    [true, { 'content-length': '5' }, false],
  ])(
    'of a request that is complete (%s) with %j is left unread: %s',
    (complete, headers, unread) => {
      expect(hasUnreadBody({ complete, headers, httpVersion: '1.1', rawHeaders: [] })).toBe(unread);
    },
  );
});
