// The reverse proxies of deploy/, in front of a server in the place of llmp, which decides when a chunk
// is sent: what a proxy holds back would never arrive.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { configurationOf, startProxy, type Proxy } from './kit/proxy.ts';
import { describeWithProgram } from './kit/programs.ts';

const MEBIBYTE = 1024 ** 2;
const EVENT = 'event: ping\ndata: {"type":"ping"}\n\n';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

let server: Server;
let handle: Handler;
beforeAll(async () => {
  server = createServer({ maxHeaderSize: 128 * 1024 }, (incoming, response) =>
    handle(incoming, response),
  );
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

for (const name of ['nginx', 'caddy'] as const) {
  describeWithProgram(name)(`deploy/${name}`, () => {
    let proxy: Proxy;
    beforeAll(async () => {
      proxy = await startProxy(name, (server.address() as AddressInfo).port);
    });
    afterAll(() => proxy[Symbol.asyncDispose]());

    const open = (headers: Record<string, string> = {}, path = '/v1/messages') =>
      request({
        host: '127.0.0.1',
        servername: 'localhost',
        port: proxy.port,
        method: 'POST',
        path,
        headers: { host: 'localhost', ...headers },
        rejectUnauthorized: false,
      });
    const ask = async (body: Buffer | string, headers?: Record<string, string>, path?: string) => {
      const sent = open(headers, path);
      sent.end(body);
      const [response] = (await once(sent, 'response')) as [IncomingMessage];
      return { status: response.statusCode, text: (await buffer(response)).toString() };
    };

    it('passes each event of a stream on before the next one is sent', async () => {
      let send: (() => void) | undefined;
      handle = (incoming, response) => {
        incoming.resume();
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        send = () => void response.write(EVENT);
        send();
      };
      const sent = open({ accept: 'text/event-stream', 'accept-encoding': 'gzip' });
      sent.end('{}');
      const [response] = (await once(sent, 'response')) as [IncomingMessage];
      expect(response.headers).not.toHaveProperty('content-encoding');
      for (let count = 0; count < 5; count += 1) {
        const [chunk] = (await once(response, 'data')) as [Buffer];
        expect(chunk.toString()).toBe(EVENT);
        send?.();
      }
      sent.destroy();
    });

    it('passes a body on while it arrives', async () => {
      const chunks: Buffer[] = [];
      const received = Promise.withResolvers<void>();
      handle = (incoming, response) => {
        incoming.once('data', () => received.resolve());
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.once('end', () => response.end('{}'));
      };
      const sent = open({ 'content-length': '10' });
      sent.write('first');
      await received.promise;
      sent.end('final');
      const [response] = (await once(sent, 'response')) as [IncomingMessage];
      expect(response.statusCode).toBe(200);
      expect(Buffer.concat(chunks).toString()).toBe('firstfinal');
    });

    it('passes a body of 32 MB, and refuses a larger one as llmp does', async () => {
      handle = (incoming, response) => {
        if (Number(incoming.headers['content-length']) > 32 * MEBIBYTE) {
          response.writeHead(413).end('{"error":{"type":"request_too_large"}}');
          return;
        }
        let size = 0;
        incoming.on('data', (chunk: Buffer) => (size += chunk.length));
        incoming.once('end', () => response.end(String(size)));
      };
      const largest = Buffer.alloc(32 * MEBIBYTE, 'a');
      expect(await ask(largest)).toMatchObject({ status: 200, text: String(largest.length) });
      const larger = await refusal(open({ 'content-length': String(largest.length + 1) }));
      expect(larger.status).toBe(413);
      expect(JSON.parse(larger.text)).toMatchObject({ error: { type: 'request_too_large' } });
    });

    it('names the client behind the addresses that it claims', async () => {
      handle = (incoming, response) => response.end(JSON.stringify(incoming.headers));
      const { text } = await ask('{}', { 'x-forwarded-for': '10.1.2.3' });
      const { 'x-forwarded-for': addresses } = JSON.parse(text) as Record<string, string>;
      expect(addresses?.split(', ').at(-1)).toBe('127.0.0.1');
    });

    it('passes headers of 60 KiB and a path as it was sent', async () => {
      handle = (incoming, response) =>
        response.end(`${incoming.url} ${String(incoming.headers['x-long']).length}`);
      const path = '/v1/files/a%2Fb//c?q=%20+';
      const { text } = await ask('{}', { 'x-long': 'a'.repeat(60 * 1024) }, path);
      expect(text).toBe(`${path} ${60 * 1024}`);
    });

    it('passes errors of llmp as they are', async () => {
      handle = (_, response) => response.writeHead(503, { 'retry-after': '7' }).end('{"own":1}');
      expect(await ask('{}')).toMatchObject({ status: 503, text: '{"own":1}' });
    });

    it('does not repeat a request whose connection broke', async () => {
      let count = 0;
      handle = (incoming) => {
        count += 1;
        incoming.socket.destroy();
      };
      const { status, text } = await ask('{}');
      expect(status).toBe(503);
      expect(JSON.parse(text)).toMatchObject({ type: 'error', error: { type: 'api_error' } });
      expect(count).toBe(1);
    });

    it('ends the request when the client leaves', async () => {
      const closed = Promise.withResolvers<string>();
      const started = Promise.withResolvers<void>();
      handle = (incoming, response) => {
        incoming.resume();
        response.once('close', () => closed.resolve('closed'));
        response.writeHead(200, { 'content-type': 'text/event-stream' }).write(EVENT);
        started.resolve();
      };
      const sent = open();
      sent.on('error', () => {});
      sent.end('{}');
      await started.promise;
      sent.destroy();
      expect(await closed.promise).toBe('closed');
    });

    it('names the port of llmp and no other', () => {
      expect(configurationOf(name).match(/127\.0\.0\.1:\d+/g)).toEqual(['127.0.0.1:8080']);
    });
  });
}

/** The response to headers alone: the body is never sent. */
async function refusal(sent: ReturnType<typeof request>) {
  sent.on('error', () => {});
  sent.write('a');
  const chunk = Buffer.alloc(MEBIBYTE, 'a');
  const timer = setInterval(() => sent.writable && sent.write(chunk), 5);
  try {
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    return { status: response.statusCode, text: (await buffer(response)).toString() };
  } finally {
    clearInterval(timer);
    sent.destroy();
  }
}
