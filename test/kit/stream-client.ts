// A client that reads a stream piece by piece, so that a test can act between two pieces.

import { request as httpRequest, type Agent, type IncomingMessage } from 'node:http';
import type { Gateway } from './gateway.ts';

export interface OpenStream {
  readonly response: IncomingMessage;
  /** Reads until `text` has arrived; returns all that arrived so far. Rejects when the stream ends first. */
  until(text: string): Promise<string>;
  /** Everything to the end; `cut` tells a reset connection from a clean end. */
  rest(): Promise<{ text: string; cut: boolean }>;
  leave(): void;
}

export async function openStream(
  gateway: Pick<Gateway, 'url' | 'key'>,
  body?: string,
  agent: Agent | false = false,
): Promise<OpenStream> {
  const request = httpRequest(`${gateway.url}/v1/messages`, {
    method: 'POST',
    agent,
    headers: { 'x-api-key': gateway.key, 'content-type': 'application/json' },
  });
  const arrived = Promise.withResolvers<IncomingMessage>();
  request.once('response', arrived.resolve).on('error', arrived.reject);
  request.end(body ?? '{"model":"m","max_tokens":1,"stream":true,"messages":[]}');
  const response = await arrived.promise;
  let text = '';
  let ended: { cut: boolean } | undefined;
  let look = () => {};
  response.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    look();
  });
  response.on('error', () => {});
  response.once('close', () => {
    ended = { cut: !response.complete };
    look();
  });
  const when = <Value>(ready: () => Value | undefined) =>
    new Promise<Value>((resolve, reject) => {
      look = () => {
        const value = ready();
        if (value !== undefined) resolve(value);
        else if (ended) reject(new Error(`the stream ended with: ${text}`));
      };
      look();
    });
  return {
    response,
    until: (wanted) => when(() => (text.includes(wanted) ? text : undefined)),
    rest: () => when(() => (ended ? { text, ...ended } : undefined)),
    leave: () => request.destroy(),
  };
}
