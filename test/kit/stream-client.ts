// A client that reads a stream chunk by chunk, so that a test can act in between.

import { request as httpRequest, type Agent, type IncomingMessage } from 'node:http';
import type { Gateway } from './gateway.ts';

export interface OpenStream {
  readonly response: IncomingMessage;
  /** Reads until `text` has arrived and returns all text so far. Rejects if the stream ends first. */
  until(text: string): Promise<string>;
  /** Reads to the end; `cut` is true if the connection was reset. */
  rest(): Promise<{ text: string; cut: boolean }>;
  disconnect(): void;
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
  const head = Promise.withResolvers<IncomingMessage>();
  request.once('response', head.resolve).on('error', head.reject);
  request.end(body ?? '{"model":"m","max_tokens":1,"stream":true,"messages":[]}');
  const response = await head.promise;
  let text = '';
  let ended: { cut: boolean } | undefined;
  let check = () => {};
  response.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    check();
  });
  response.on('error', () => {});
  response.once('close', () => {
    ended = { cut: !response.complete };
    check();
  });
  const waitFor = <Value>(ready: () => Value | undefined) =>
    new Promise<Value>((resolve, reject) => {
      check = () => {
        const value = ready();
        if (value !== undefined) resolve(value);
        else if (ended) reject(new Error(`the stream ended with: ${text}`));
      };
      check();
    });
  return {
    response,
    until: (wanted) => waitFor(() => (text.includes(wanted) ? text : undefined)),
    rest: () => waitFor(() => (ended ? { text, ...ended } : undefined)),
    disconnect: () => request.destroy(),
  };
}
