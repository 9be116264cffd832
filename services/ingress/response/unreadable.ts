// Responds to requests that Node's parser could not read, or that have no response object. Writes to the
// socket (RFC 9112, section 4).

import { STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { LlmpError } from '../../../shared/errors.ts';
import { requestId } from '../../../shared/runtime/ids.ts';
import { failureOf, failureResponse } from './failure.ts';

/** The last response of a connection, for the order of responses. */
const lastResponses = new WeakMap<Duplex, ServerResponse>();
const answered = new WeakSet<Duplex>();

export function trackResponses(server: Server): void {
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    lastResponses.set(socket, response);
  });
}

/** Waits for the response to a complete request before it on the same connection. */
export function respondToUnreadable(thrown: Error & { code?: string }, socket: Duplex): void {
  if (thrown.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  if (answered.has(socket)) return;
  answered.add(socket);
  const known = failureOf(thrown);
  const error =
    known.code === 'internal' || known.code === 'invalid_request'
      ? new LlmpError('invalid_request', 'The request is not valid HTTP.')
      : known;
  const last = lastResponses.get(socket);
  if (!last || last.writableFinished) return writeFailure(socket, error);
  if (last.req.complete) return void last.once('finish', () => writeFailure(socket, error));
  // After the head of a response, a second response would be read as part of its body.
  if (last.headersSent) return void socket.destroy();
  writeFailure(socket, error);
}

export function writeFailure(socket: Duplex, error: LlmpError): void {
  if (!socket.writable) return void socket.destroy();
  const { status, headers, body } = failureResponse(error, requestId());
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const start = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Error'}\r\n`;
  socket.end(`${start}connection: close\r\n${lines.join('')}\r\n${body}`);
}
