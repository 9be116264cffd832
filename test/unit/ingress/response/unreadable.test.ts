import { Duplex } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { respondToUnreadable } from '../../../../services/ingress/response/unreadable.ts';

describe('respondToUnreadable', () => {
  it.each([
    ['HPE_INVALID_METHOD', 400, 'invalid_request'],
    ['HPE_HEADER_OVERFLOW', 431, 'headers_too_large'],
    ['ERR_HTTP_REQUEST_TIMEOUT', 408, 'request_timeout'],
  ])('writes a response to %s with status %i to the socket', (libraryCode, status, code) => {
    const { socket, sent } = bareSocket();
    respondToUnreadable(Object.assign(new Error('canary'), { code: libraryCode }), socket);
    const [head = '', body = ''] = sent().split('\r\n\r\n');
    const [line, ...headers] = head.split('\r\n');
    expect(line).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [A-Z][\\w ]+$`));
    expect(headers).toContain('connection: close');
    expect(headers).toContain(`content-length: ${Buffer.byteLength(body)}`);
    const { error, request_id: id } = JSON.parse(body);
    expect(error.details.error_code).toBe(code);
    expect(headers).toContain(`request-id: ${id}`);
    expect(socket.writableEnded).toBe(true);
  });

  it('responds once, however much follows', () => {
    const { socket, sent } = bareSocket();
    const error = Object.assign(new Error('canary'), { code: 'HPE_INVALID_METHOD' });
    for (let time = 0; time < 3; time++) respondToUnreadable(error, socket);
    expect(sent().match(/HTTP\/1\.1/g)).toHaveLength(1);
  });

  it('writes nothing to a disconnected client', () => {
    const { socket, sent } = bareSocket();
    respondToUnreadable(Object.assign(new Error('reset'), { code: 'ECONNRESET' }), socket);
    expect(socket.destroyed).toBe(true);
    expect(sent()).toBe('');
  });
});

function bareSocket(): { socket: Duplex; sent: () => string } {
  let sent = '';
  const socket = new Duplex({
    read() {},
    write(chunk, _encoding, done) {
      sent += String(chunk);
      done();
    },
  });
  return { socket, sent: () => sent };
}
