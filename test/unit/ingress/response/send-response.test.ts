import { createServer, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { ChunkQueue } from '../../../../services/ingress/dispatch/chunk-queue.ts';
import { sendStream } from '../../../../services/ingress/response/send-response.ts';
import { LlmpError } from '../../../../shared/errors.ts';
import { createFakeClock } from '../../../kit/fake-clock.ts';
import { startRaw, type RawExchange } from '../../../kit/raw-client.ts';

const PING_MS = 100;
const PING = 'event: ping\ndata: {"type": "ping"}\n\n';
const DELTA = 'event: content_block_delta\ndata: {}\n\n';
const HEAD = { status: 200, headers: ['Content-Type', 'text/event-stream', 'X-Odd', '1'] };
const ERROR_EVENT = /^event: error\ndata: (\{.*\})\n\n$/;

let stack = new AsyncDisposableStack();
afterEach(async () => {
  await stack.disposeAsync();
  stack = new AsyncDisposableStack();
});

/** A stream on a real connection; the test pushes its chunks and advances its clock. */
async function startStream(headers: readonly string[] = HEAD.headers) {
  const clock = createFakeClock();
  const queue = new ChunkQueue();
  const started = Promise.withResolvers<ServerResponse>();
  const ended = Promise.withResolvers<LlmpError | undefined>();
  const server = createServer((_request, response) => {
    started.resolve(response);
    const streamed = { kind: 'stream' as const, head: { ...HEAD, headers }, chunks: queue };
    const options = { clock, pingMs: PING_MS, requestId: 'req_test' };
    sendStream(response, streamed, options).then(ended.resolve, ended.reject);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stack.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const push = (text: string, more = false) =>
    queue.push({ bytes: Buffer.from(text), more }, () => {});
  return {
    clock,
    queue,
    push,
    port,
    url: `http://127.0.0.1:${port}`,
    response: started.promise,
    /** The error that ended the stream. */
    ended: ended.promise,
  };
}

/** A started stream and a client that has received its head. */
async function openStream(headers?: readonly string[]) {
  const stream = await startStream(headers);
  const client = startRaw(stream.url, { method: 'GET', path: '/', headers: [] });
  return { ...stream, client, head: await client.head };
}

/** Reads until `length` chars have arrived. */
async function read(client: RawExchange, length: number): Promise<string> {
  let text = '';
  while (text.length < length) text += String(await client.nextChunk());
  return text;
}

it.each([
  [[], 'no-cache, no-transform'],
  [['cache-control', 'no-cache'], 'no-cache, no-transform'],
  [
    ['Cache-Control', 'no-store,private', 'cache-control', 'no-cache'],
    'no-store, private, no-cache, no-transform',
  ],
  [
    ['cache-control', 'no-cache, no-transform', 'X-Accel-Buffering', 'yes'],
    'no-cache, no-transform',
  ],
])('a stream with %j may not be buffered or stored by proxies', async (sent, expected) => {
  const { client } = await openStream(['content-type', 'text/event-stream', ...sent]);
  const { rawHeaders } = await client.head;
  const named = (wanted: string) =>
    rawHeaders.filter((_, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === wanted);
  expect([named('cache-control'), named('x-accel-buffering')]).toEqual([[expected], ['no']]);
});

describe('a streamed response', () => {
  it('sends its head, with our request id, before the first chunk', async () => {
    const { head } = await openStream();
    expect(head.status).toBe(200);
    const own = ['cache-control', 'no-cache, no-transform', 'x-accel-buffering', 'no'];
    const headers = [...HEAD.headers, ...own, 'request-id', 'req_test'];
    expect(head.rawHeaders.slice(0, headers.length)).toEqual(headers);
  });

  it('sends each chunk as it arrives, and ends cleanly', async () => {
    const { client, queue, push, ended, clock } = await openStream();
    push(DELTA);
    expect(await read(client, DELTA.length)).toBe(DELTA);
    push('half of an event,', true);
    expect(await read(client, 17)).toBe('half of an event,');
    push(' and the rest\n\n');
    queue.end();
    expect(await client.response).toMatchObject({
      body: Buffer.from(`${DELTA}half of an event, and the rest\n\n`),
      end: 'clean',
    });
    expect(await ended).toBeUndefined();
    expect(clock.pending).toBe(0);
  });

  it('pings after each period of silence', async () => {
    const { client, clock } = await openStream();
    clock.advance(PING_MS - 1);
    clock.advance(1);
    expect(await read(client, PING.length)).toBe(PING);
    clock.advance(2 * PING_MS);
    expect(await read(client, 2 * PING.length)).toBe(PING + PING);
  });

  it('pings at most half a period late after a chunk', async () => {
    const { client, clock, push } = await openStream();
    clock.advance(PING_MS * 0.3);
    push(DELTA);
    expect(await read(client, DELTA.length)).toBe(DELTA);
    clock.advance(PING_MS - 1);
    push(DELTA);
    expect(await read(client, DELTA.length)).toBe(DELTA);
    clock.advance(PING_MS * 1.5);
    expect(await read(client, PING.length)).toBe(PING);
  });

  it('sends no ping inside an event, and resumes after it', async () => {
    const { client, clock, push } = await openStream();
    push('event: x\ndata: ', true);
    expect(await read(client, 15)).toBe('event: x\ndata: ');
    clock.advance(10 * PING_MS);
    push('1\n\n');
    expect(await read(client, 3)).toBe('1\n\n');
    clock.advance(PING_MS * 1.5);
    expect(await read(client, PING.length)).toBe(PING);
  });

  it('ends with an error event if it breaks off between events', async () => {
    const { client, queue, push, ended, clock } = await openStream();
    push(DELTA);
    const error = new LlmpError('upstream_timeout');
    queue.fail(error);
    const { body, end } = await client.response;
    expect(end).toBe('clean');
    const [, data = ''] = ERROR_EVENT.exec(body.toString().slice(DELTA.length)) ?? [];
    expect(JSON.parse(data)).toEqual({
      type: 'error',
      error: {
        type: 'timeout_error',
        message: error.message,
        details: { error_code: 'upstream_timeout' },
      },
      request_id: 'req_test',
    });
    expect(await ended).toBe(error);
    expect(clock.pending).toBe(0);
  });

  it('resets the connection if it breaks off inside an event', async () => {
    const { client, queue, push, ended, clock } = await openStream();
    push(`${DELTA}event: x\nda`, true);
    await read(client, DELTA.length);
    const error = new LlmpError('upstream_disconnected');
    queue.fail(error);
    expect(await client.response).toMatchObject({
      body: Buffer.from(`${DELTA}event: x\nda`),
      end: 'cut',
    });
    expect(await ended).toBe(error);
    expect(clock.pending).toBe(0);
  });

  it('applies the backpressure of a slow client', async () => {
    const { queue, port, response, ended } = await startStream();
    const socket = connect(port, '127.0.0.1').pause();
    stack.defer(() => void socket.destroy());
    socket.write('GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
    const { socket: ours } = await response;
    const bytes = Buffer.alloc(1024 * 1024, 'x');
    const waitingAtConsumption: number[] = [];
    for (let count = 0; count < 24; count += 1) {
      queue.push({ bytes, more: false }, () => {
        waitingAtConsumption.push(ours?.writableLength ?? 0);
      });
    }
    queue.end();
    await expect.poll(() => ours?.writableNeedDrain).toBe(true);
    let readBytes = 0;
    socket.on('data', (chunk) => void (readBytes += chunk.byteLength));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.resume();
    await closed;
    expect(await ended).toBeUndefined();
    expect(readBytes).toBeGreaterThan(24 * bytes.byteLength);
    expect(waitingAtConsumption).toHaveLength(24);
    expect(Math.max(...waitingAtConsumption)).toBeLessThan(bytes.byteLength);
  });

  it('stops when its client disconnects, and reads no more chunks', async () => {
    const { client, queue, push, response, ended, clock } = await openStream();
    push(DELTA);
    await read(client, DELTA.length);
    const closed = response.then((sent) => new Promise((resolve) => sent.once('close', resolve)));
    client.abort();
    await closed;
    let consumed = 0;
    for (let count = 0; count < 3; count += 1) {
      queue.push({ bytes: Buffer.from(DELTA), more: false }, () => void (consumed += 1));
    }
    expect(await ended).toBeUndefined();
    expect(consumed).toBe(0);
    expect(clock.pending).toBe(0);
  });
});
