// Sends text that no HTTP library would send, and parses the raw response.

import { connect } from 'node:net';

export interface TextResponse {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** A connection on which a test sends a request piece by piece. */
export interface TextConnection {
  readonly send: (text: string | Uint8Array) => void;
  /** What was received until the peer closed the connection; rejects if it was reset. */
  readonly response: Promise<TextResponse>;
  /** What has been received so far. */
  readonly received: () => string;
  readonly destroy: () => void;
}

export function openText(baseUrl: string, text: string): TextConnection {
  const { hostname, port } = new URL(baseUrl);
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  // A test may look at what was received instead.
  promise.catch(() => {});
  let received = '';
  const socket = connect(Number(port), hostname)
    .setEncoding('utf8')
    .on('data', (chunk: string) => (received += chunk))
    .on('error', reject)
    .on('close', () => resolve(received));
  socket.write(text);
  return {
    send: (more) => void (socket.writable && socket.write(more)),
    response: promise.then(parseResponse),
    received: () => received,
    destroy: () => socket.destroy(),
  };
}

/** Sends `text` on a new connection and returns the response once the peer closes it. */
export function sendText(baseUrl: string, text: string): Promise<TextResponse> {
  return openText(baseUrl, text).response;
}

function parseResponse(text: string): TextResponse {
  const headEnd = text.indexOf('\r\n\r\n');
  const [start = '', ...lines] = text.slice(0, Math.max(0, headEnd)).split('\r\n');
  const pairs = lines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  return {
    status: Number(start.split(' ')[1]),
    headers: new Map(pairs),
    body: text.slice(headEnd + 4),
  };
}
