// Reads the fidelity corpus, one message per file: start line, headers, empty line, then the body up to
// the last byte. Like HTTP but with LF in the head; `.http` files are never reformatted.

import { readdirSync, readFileSync } from 'node:fs';

export interface RequestCase {
  /** File name without extension. */
  readonly name: string;
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** Raw header pairs; `{key}` is replaced by the client's credential. */
  readonly headers: readonly string[];
  readonly body: Buffer;
}

export interface ReplyCase {
  readonly name: string;
  readonly status: number;
  readonly headers: readonly string[];
  readonly body: Buffer;
}

/** All requests, sorted by name. */
export function requestCases(): RequestCase[] {
  return readMessages('requests').map(({ start, ...message }) => {
    const [method = '', path = ''] = start.split(' ');
    return { ...message, method, path };
  });
}

/** All responses, sorted by name. */
export function replyCases(): ReplyCase[] {
  return readMessages('replies').map(({ start, ...message }) => ({
    ...message,
    status: Number(start.split(' ')[1]),
  }));
}

interface Message {
  readonly name: string;
  readonly start: string;
  readonly headers: string[];
  readonly body: Buffer;
}

function readMessages(kind: 'requests' | 'replies'): Message[] {
  const folder = new URL(`../fixtures/fidelity/${kind}/`, import.meta.url);
  const files = readdirSync(folder).filter((file) => file.endsWith('.http'));
  return files.toSorted().map((file) => {
    const bytes = readFileSync(new URL(file, folder));
    const headEnd = bytes.indexOf('\n\n');
    if (headEnd < 0) throw new Error(`${file} has no empty line after its head`);
    // Header bytes above 127 are Latin-1 (RFC 9110, 5.5), as in node:http.
    const [start = '', ...lines] = bytes.toString('latin1', 0, headEnd).split('\n');
    const headers = lines.flatMap((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1).trim()];
    });
    return {
      name: file.slice(0, -'.http'.length),
      start,
      headers,
      body: bytes.subarray(headEnd + 2),
    };
  });
}
