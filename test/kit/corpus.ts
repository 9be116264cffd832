// Reads the fidelity corpus: one file a message, a start line, header lines, an empty line and then
// the body, which is every byte up to the end of the file. The format is HTTP with LF in the head,
// and no tool of this repository reformats `.http` files, so odd bytes stay as they were written.

import { readdirSync, readFileSync } from 'node:fs';

export interface RequestCase {
  /** File name without its ending: what the case shows. */
  readonly name: string;
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** Raw header pairs; `{key}` stands where a client puts its credential. */
  readonly headers: readonly string[];
  readonly body: Buffer;
}

export interface ReplyCase {
  readonly name: string;
  readonly status: number;
  readonly headers: readonly string[];
  readonly body: Buffer;
}

/** The requests, in order of their names. */
export function requestCases(): RequestCase[] {
  return readMessages('requests').map(({ start, ...message }) => {
    const [method = '', path = ''] = start.split(' ');
    return { ...message, method, path };
  });
}

/** The replies, in order of their names. */
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
    // Header bytes above 127 are Latin-1 on the wire (RFC 9110, 5.5), and node:http agrees.
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
