// The client and the upstream of a gateway, in a thread of their own.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parentPort } from 'node:worker_threads';
import { gzipSync } from 'node:zlib';
import type { ResponseKind } from './corpus.ts';

export interface PeerRequest {
  readonly url: string;
  readonly key: string;
  readonly body: string;
  readonly response: ResponseKind | undefined;
}

const EVENT_BYTES = 9_000_000;
const RESPONSE_BYTES = 30_000_000;
const EVENTS = 50_000;
const LINES = 30_000_000;
const ZEROS = 15_000_000;
const CITATIONS = 50_000;

let kind: ResponseKind | undefined;

const upstream = createServer((request, response) => void respond(request, response));

async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString();
  const isStream = body.includes('"stream":true');
  const tokens = body.match(/PII_[A-Z]{2,12}_[a-z2-7]{8}/g) ?? [];
  if (isStream) streamTo(response, tokens);
  else {
    const large = () => `${tokens[0]} `.repeat(RESPONSE_BYTES / 18);
    const text =
      kind === 'tokens'
        ? tokens.join(' ')
        : kind === 'large-event'
          ? large()
          : `Hello ${tokens[0]}.`;
    const message = { id: 'msg_1', type: 'message', role: 'assistant', model: 'm' };
    const usage = { input_tokens: 1, output_tokens: 1 };
    const citations = kind === 'citations' ? citationsOf(tokens) : undefined;
    const content = [{ type: 'text', text, citations }];
    response.setHeader('content-type', 'application/json');
    const json = JSON.stringify({ ...message, content, stop_reason: 'end_turn', usage });
    response.end(kind === 'zeros' ? json.replace('{', () => `{"x":${zeros()},`) : json);
  }
}

const zeros = () => `[${'0,'.repeat(ZEROS)}0]`;

const citationsOf = (tokens: readonly string[]) =>
  Array.from({ length: CITATIONS }, (_, index) => ({
    type: 'char_location',
    cited_text: tokens[0],
    document_index: 0,
    document_title: null,
    start_char_index: index,
    end_char_index: index + 18,
  }));

interface Event {
  readonly type: string;
  readonly [field: string]: unknown;
}

function streamTo(response: ServerResponse, tokens: readonly string[]): void {
  response.setHeader('content-type', 'text/event-stream');
  if (kind === 'blank-lines') {
    response.setHeader('content-encoding', 'gzip');
    response.end(gzipSync('\n'.repeat(LINES)));
    return;
  }
  const delta = (text: string) => ({
    type: 'content_block_delta',
    index: 0,
    delta: { type: 'text_delta', text },
  });
  const message = { id: 'msg_1', type: 'message', role: 'assistant', model: 'm', content: [] };
  const usage = { input_tokens: 1, output_tokens: 1 };
  const events: Event[] = [
    { type: 'message_start', message: { ...message, usage } },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  ];
  if (kind === 'tokens') events.push(...tokens.map((token) => delta(`${token} `)));
  if (kind === 'large-event') events.push(delta(`${tokens[0]} `.repeat(EVENT_BYTES / 18)));
  if (kind === 'many-events') events.push(...Array<Event>(EVENTS).fill(delta('word ')));
  events.push(
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage },
    { type: 'message_stop' },
  );
  for (const event of events) {
    const json = JSON.stringify(event);
    const data =
      kind === 'zeros' && event.type === 'content_block_start'
        ? json.replace('{', () => `{"token":"${tokens[0]}","x":${zeros()},`)
        : json;
    response.write(`event: ${event.type}\ndata: ${data}\n\n`);
  }
  response.end();
}

async function ask({ url, key, body, response }: PeerRequest): Promise<string> {
  kind = response;
  const answer = await fetch(`${url}/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': key, 'content-type': 'application/json' },
    body,
  });
  const bytes = await answer.arrayBuffer().catch(() => new ArrayBuffer(0));
  return `${answer.status}, ${(bytes.byteLength / 1e6).toFixed(1)} MB`;
}

const port = parentPort;
if (!port) throw new Error('peer.ts runs as a worker thread');
upstream.listen(0, '127.0.0.1', () => {
  port.postMessage(`http://127.0.0.1:${(upstream.address() as AddressInfo).port}`);
});
port.on('message', (request: PeerRequest) => {
  void ask(request).then((status) => port.postMessage(status));
});
