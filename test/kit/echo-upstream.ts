// An upstream that echoes the request body as a message, or streams it in deltas of a few chars, so
// that placeholders are cut anywhere.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface EchoUpstream extends AsyncDisposable {
  readonly url: string;
  /** Request bodies, in order of arrival. */
  readonly bodies: readonly string[];
}

/** Prime, so that cuts fall everywhere. */
const DELTA_CHARS = 7;

export async function startEchoUpstream(): Promise<EchoUpstream> {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.once('end', () => {
      const body = Buffer.concat(parts).toString();
      bodies.push(body);
      const { stream } = JSON.parse(body) as { stream?: boolean };
      response.writeHead(200, {
        'content-type': stream ? 'text/event-stream' : 'application/json',
      });
      response.end(stream ? eventsOf(body) : JSON.stringify(messageOf(body)));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    bodies,
    async [Symbol.asyncDispose]() {
      const stopped = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await stopped;
    },
  };
}

function messageOf(text: string) {
  const usage = { input_tokens: 1, output_tokens: 1 };
  return {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    content: [{ type: 'text', text }],
    usage,
  };
}

function eventsOf(text: string): string {
  const chars = Array.from(text);
  const deltas: string[] = [];
  for (let at = 0; at < chars.length; at += DELTA_CHARS) {
    const delta = { type: 'text_delta', text: chars.slice(at, at + DELTA_CHARS).join('') };
    deltas.push(event('content_block_delta', { index: 0, delta }));
  }
  return [
    event('message_start', { message: { ...messageOf(''), content: [] } }),
    event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
    ...deltas,
    event('content_block_stop', { index: 0 }),
    event('message_delta', { delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 1 } }),
    event('message_stop', {}),
  ].join('');
}

function event(type: string, fields: Record<string, unknown>): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
}
