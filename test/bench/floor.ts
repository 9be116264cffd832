// The least that any Node gateway costs. `pass-through` forwards bytes unread; `node-parse` also parses
// and reserializes the request and each stream event, as a straightforward content-aware gateway does.
//   node test/bench/floor.ts pass-through|node-parse <upstream URL>

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Agent } from 'undici';

const [kind, upstreamUrl = ''] = process.argv.slice(2);
const agent = new Agent({ headersTimeout: 0, bodyTimeout: 0 });

const server = createServer((request, response) => {
  const handle = kind === 'node-parse' ? parse : passThrough;
  handle(request, response).catch(() => response.destroy());
});
server.keepAliveTimeout = 600_000;
server.listen(0, '127.0.0.1', () => {
  console.log((server.address() as AddressInfo).port);
});

function forward(request: IncomingMessage, body: IncomingMessage | string) {
  const { host: _, connection: __, 'content-length': length, ...headers } = request.headers;
  const passed =
    typeof body === 'string' || length === undefined ? {} : { 'content-length': length };
  return agent.request({
    origin: upstreamUrl,
    path: request.url ?? '/',
    method: 'POST',
    headers: { ...headers, ...passed },
    body,
  });
}

async function passThrough(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { statusCode, headers, body } = await forward(request, request);
  delete headers['connection'];
  response.writeHead(statusCode, headers);
  for await (const chunk of body) response.write(chunk);
  response.end();
}

async function parse(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const rewritten = JSON.stringify(JSON.parse(Buffer.concat(chunks).toString()));
  const { statusCode, headers, body } = await forward(request, rewritten);
  delete headers['connection'];
  response.writeHead(statusCode, headers);
  if (String(headers['content-type']).startsWith('text/event-stream')) {
    let rest = '';
    for await (const chunk of body.setEncoding('utf8')) {
      const events = (rest + String(chunk)).split('\n\n');
      rest = events.pop() ?? '';
      if (events.length > 0) response.write(events.map(rewrittenEvent).join(''));
    }
    response.end(rest);
  } else {
    for await (const chunk of body) response.write(chunk);
    response.end();
  }
}

function rewrittenEvent(event: string): string {
  const dataAt = event.indexOf('\ndata: ') + '\ndata: '.length;
  return `${event.slice(0, dataAt)}${JSON.stringify(JSON.parse(event.slice(dataAt)))}\n\n`;
}
