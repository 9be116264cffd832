// An upstream that hands each request to the test, which writes the response.

import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HeldRequest {
  readonly body: string;
  readonly response: ServerResponse;
  /** Resolves if the connection closes before the response is complete. */
  readonly closed: Promise<'aborted'>;
}

export interface SlowUpstream extends AsyncDisposable {
  readonly url: string;
  /** Number of requests that `next` has not returned yet. */
  readonly waiting: number;
  next(): Promise<HeldRequest>;
}

export async function startSlowUpstream(): Promise<SlowUpstream> {
  const held: HeldRequest[] = [];
  const waiters: ((request: HeldRequest) => void)[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    const closed = Promise.withResolvers<'aborted'>();
    response.once('close', () => {
      if (!response.writableFinished) closed.resolve('aborted');
    });
    request.on('data', (part: Buffer) => parts.push(part));
    request.once('end', () => {
      const body = Buffer.concat(parts).toString();
      const received = { body, response, closed: closed.promise };
      const resolve = waiters.shift();
      if (resolve) resolve(received);
      else held.push(received);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    get waiting() {
      return held.length;
    },
    next() {
      const first = held.shift();
      return first ? Promise.resolve(first) : new Promise((resolve) => waiters.push(resolve));
    },
    async [Symbol.asyncDispose]() {
      const stopped = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await stopped;
    },
  };
}
