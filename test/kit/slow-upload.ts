// A client that announces a large body and sends it in pieces, or never.

import { openText, type TextConnection } from './raw-socket.ts';

export interface Announced {
  readonly key: string;
  readonly path?: string;
  /** Bytes of the body; a chunked body has none. */
  readonly bytes?: number;
  readonly headers?: readonly string[];
}

const START = '{"model":"m","max_tokens":1,"messages":[{"role":"user","content":"hi"}]';

/** The bytes that make a valid body of `bytes`, after the first one that was sent. */
export const restOf = (bytes: number) =>
  `${START.slice(1)}${' '.repeat(bytes - START.length - 1)}}`;

/** Sends the head and the first byte of the body. */
export function beginUpload(
  url: string,
  { key, path = '/v1/messages', bytes, headers = [] }: Announced,
): TextConnection {
  const length = bytes === undefined ? 'transfer-encoding: chunked' : `content-length: ${bytes}`;
  const type = headers.some((header) => header.startsWith('content-type'))
    ? []
    : ['content-type: application/json'];
  const lines = ['host: gateway.test', `x-api-key: ${key}`, ...type, length, ...headers];
  const first = headers.includes('expect: 100-continue') ? '' : bytes ? '{' : chunkOf('{');
  return openText(url, `POST ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${first}`);
}

export function chunkOf(text: string): string {
  return `${text.length.toString(16)}\r\n${text}\r\n`;
}
