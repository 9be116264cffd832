// The upstream of the bench, in a process of its own whose CPU is not counted: reads the request and
// gives a fixed answer. `x-bench-events` asks for a stream of so many deltas, `x-bench-gap-ms` for
// the pause before each, so that every event is a write of its own as it is behind a real model.

import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const USAGE = { input_tokens: 1_200, output_tokens: 300, cache_read_input_tokens: 0 };
const MESSAGE = JSON.stringify({
  id: 'msg_bench',
  type: 'message',
  role: 'assistant',
  model: 'claude-haiku-4-5',
  content: [{ type: 'text', text: 'An answer of ordinary length. '.repeat(25) }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: USAGE,
});

/** Events of a stream beside its deltas. */
export const FRAMING_EVENTS = 5;

const START = [
  event({ type: 'message_start', message: { id: 'msg_bench', content: [], usage: USAGE } }),
  event({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
].join('');
const DELTA = event({
  type: 'content_block_delta',
  index: 0,
  delta: { type: 'text_delta', text: ' of ordinary length' },
});
const END = [
  event({ type: 'content_block_stop', index: 0 }),
  event({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: USAGE }),
  event({ type: 'message_stop' }),
].join('');

function event(data: { type: string; [field: string]: unknown }): string {
  return `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
}

function answerStream(response: ServerResponse, deltas: number, gapMs: number): void {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  response.write(START);
  let left = deltas;
  const timer = setInterval(() => {
    if (left > 0) response.write(DELTA);
    else {
      clearInterval(timer);
      response.end(END);
    }
    left -= 1;
  }, gapMs);
}

const server = createServer((request, response) => {
  request.resume().on('end', () => {
    const deltas = Number(request.headers['x-bench-events'] ?? -1);
    if (deltas >= 0)
      return answerStream(response, deltas, Number(request.headers['x-bench-gap-ms']));
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(MESSAGE),
    });
    return response.end(MESSAGE);
  });
});
server.keepAliveTimeout = 600_000;
if (import.meta.main) {
  server.listen(0, '127.0.0.1', () => {
    console.log((server.address() as AddressInfo).port);
  });
}
