// The bench's upstream, in its own process whose CPU is not counted. Request headers select a fixed
// response: `x-bench-events` deltas, `x-bench-gap-ms` before each so that events are separate writes,
// `x-bench-status` for an error, `x-bench-echo` to echo the first placeholder. A small body may also wish for
// deltas in its metadata.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const USAGE = { input_tokens: 1_200, output_tokens: 300, cache_read_input_tokens: 0 };
const MESSAGE = messageOf('A response of ordinary length. '.repeat(25));
const COUNT = JSON.stringify({ input_tokens: 1_200 });

/** Bodies up to this length are read. */
const READ_BYTES_MAX = 16_000;
const WISH = /"user_id": ?"bench-events-(\d+)-(\d+)"/;

/** Asks for a stream in `metadata.user_id`. */
export function streamWish({ deltas, gapMs }: { deltas: number; gapMs: number }): string {
  return `bench-events-${deltas}-${gapMs}`;
}

/** Stream events other than deltas. */
export const FRAMING_EVENTS = 5;

const START = [
  event({ type: 'message_start', message: { id: 'msg_bench', content: [], usage: USAGE } }),
  event({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
].join('');
const DELTA = deltaOf(' of ordinary length');
const END = [
  event({ type: 'content_block_stop', index: 0 }),
  event({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: USAGE }),
  event({ type: 'message_stop' }),
].join('');

function event(data: { type: string; [field: string]: unknown }): string {
  return `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
}

function deltaOf(text: string): string {
  return event({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } });
}

function messageOf(text: string): string {
  return JSON.stringify({
    id: 'msg_bench',
    type: 'message',
    role: 'assistant',
    model: 'claude-haiku-4-5',
    content: [{ type: 'text', text }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: USAGE,
  });
}

interface StreamOptions {
  readonly deltas: number;
  readonly gapMs: number;
  /** Text of the first delta. */
  readonly echo?: string | undefined;
}

function sendStream(response: ServerResponse, { deltas, gapMs, echo }: StreamOptions): void {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  response.write(START);
  let remaining = deltas;
  const timer = setInterval(() => {
    if (remaining === deltas && echo !== undefined) response.write(deltaOf(echo));
    else if (remaining > 0) response.write(DELTA);
    else response.end(END);
    remaining -= 1;
  }, gapMs);
  response.on('close', () => clearInterval(timer));
}

function sendBuffered(response: ServerResponse, status: number, text: string): void {
  const length = Buffer.byteLength(text);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': length });
  response.end(text);
}

function respond(request: IncomingMessage, response: ServerResponse, body: string): void {
  const headerNumber = (name: string) => Number(request.headers[`x-bench-${name}`] ?? -1);
  const status = headerNumber('status');
  const wish = WISH.exec(body);
  const wantsEcho = request.headers['x-bench-echo'] !== undefined;
  const echo = wantsEcho ? /PII_[A-Z]+_[a-z0-9]+/.exec(body)?.[0] : undefined;
  if (status > 0) {
    const error = { type: 'api_error', message: 'The bench upstream was asked to fail.' };
    sendBuffered(response, status, JSON.stringify({ type: 'error', error }));
  } else if (request.url?.includes('count_tokens') === true) {
    sendBuffered(response, 200, COUNT);
  } else if (headerNumber('events') >= 0) {
    sendStream(response, { deltas: headerNumber('events'), gapMs: headerNumber('gap-ms'), echo });
  } else if (wish) {
    sendStream(response, { deltas: Number(wish[1]), gapMs: Number(wish[2]) });
  } else {
    sendBuffered(response, 200, echo === undefined ? MESSAGE : messageOf(`It is ${echo}.`));
  }
}

const server = createServer((request, response) => {
  const length = Number(request.headers['content-length'] ?? 0);
  const isRead = request.headers['x-bench-echo'] !== undefined || length <= READ_BYTES_MAX;
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => {
    if (isRead) chunks.push(chunk);
  });
  request.on('end', () => respond(request, response, Buffer.concat(chunks).toString('latin1')));
});
server.keepAliveTimeout = 600_000;
if (import.meta.main) {
  server.listen(0, '127.0.0.1', () => {
    console.log((server.address() as AddressInfo).port);
  });
}
