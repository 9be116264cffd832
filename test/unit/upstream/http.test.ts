import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { createHttpTransport } from '../../../services/upstream/http.ts';
import type { UpstreamResponse, UpstreamRequest } from '../../../services/upstream/transport.ts';
import { pairsOf } from '../../../shared/runtime/raw-headers.ts';
import {
  startScriptedUpstream,
  type Script,
  type ScriptedUpstream,
} from '../../kit/scripted-upstream.ts';
import { freePort } from '../../kit/servers.ts';

let stack = new AsyncDisposableStack();
afterEach(async () => {
  await stack.disposeAsync();
  stack = new AsyncDisposableStack();
});

type Ask = (request?: Partial<UpstreamRequest>) => Promise<UpstreamResponse>;

async function upstreamThat(
  script: Script,
  prefix = '',
): Promise<{ ask: Ask; upstream: ScriptedUpstream }> {
  const upstream = stack.use(await startScriptedUpstream(script));
  return { upstream, ask: askAt(`${upstream.url}${prefix}`) };
}

function askAt(url: string): Ask {
  const transport = stack.use(createHttpTransport({ url, connectTimeoutMs: 1_000 }));
  return (request) =>
    transport({
      method: 'POST',
      path: '/v1/messages',
      headers: [],
      body: Buffer.from('{}'),
      signal: new AbortController().signal,
      ...request,
    });
}

const OK = { status: 200, headers: [], chunks: [Buffer.from('ok')] };

async function textOf(reply: UpstreamResponse): Promise<string> {
  return Buffer.concat(await Array.fromAsync(reply.body)).toString();
}

describe('the HTTP transport', () => {
  it('sends header pairs in their case, order and repetition, and the body as it is', async () => {
    const { ask, upstream } = await upstreamThat(() => OK);
    const headers = [
      'X-Zed',
      '1',
      'anthropic-BETA',
      'a',
      'Anthropic-Beta',
      'b',
      'x-api-key',
      'caf\u00e9',
    ];
    const body = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    await textOf(await ask({ headers, body }));
    const [request] = upstream.requests;
    const sent = Array.from(pairsOf(request?.rawHeaders ?? []));
    const given = sent.filter(([name]) => headers.includes(name));
    expect(given.flat()).toEqual(headers);
    expect(sent.filter(([name]) => /^content-length$/i.test(name)).flat()[1]).toBe('256');
    expect(request?.body.equals(body)).toBe(true);
  });

  it('gives reply headers in their case, order and repetition', async () => {
    const headers = ['X-Twice', '1', 'x-twice', '2', 'Retry-After', '3', 'x-latin', 'caf\u00e9'];
    const { ask } = await upstreamThat(() => ({ ...OK, status: 429, headers }));
    const reply = await ask();
    expect(reply.status).toBe(429);
    expect(reply.headers.slice(0, headers.length)).toEqual(headers);
    expect(await textOf(reply)).toBe('ok');
  });

  it.each([
    ['', '/v1/models?limit=3&b=%20'],
    ['/', '/v1/models?limit=3&b=%20'],
    ['/anthropic/eu/', '/anthropic/eu/v1/models?limit=3&b=%20'],
  ])('puts the path of its URL (%j) before the path of the request', async (prefix, path) => {
    const { ask, upstream } = await upstreamThat(() => OK, prefix);
    await textOf(await ask({ path: '/v1/models?limit=3&b=%20' }));
    expect(upstream.requests[0]?.url).toBe(path);
  });

  it('sends a GET without a body', async () => {
    const { ask, upstream } = await upstreamThat(() => OK);
    await textOf(await ask({ method: 'GET', body: new Uint8Array() }));
    const [request] = upstream.requests;
    expect(request).toMatchObject({ method: 'GET', body: Buffer.alloc(0) });
    expect(request?.rawHeaders.join().toLowerCase()).not.toContain('content-length');
  });

  it('follows no redirect', async () => {
    const headers = ['location', 'http://127.0.0.1:1/elsewhere'];
    const { ask } = await upstreamThat(() => ({ ...OK, status: 307, headers }));
    const reply = await ask();
    expect({ status: reply.status, text: await textOf(reply) }).toEqual({
      status: 307,
      text: 'ok',
    });
  });

  it('gives the body as it flows', async () => {
    const gate = Promise.withResolvers<void>();
    const chunks = [Buffer.from('early'), { gate: gate.promise }, Buffer.from('late')];
    const { ask } = await upstreamThat(() => ({ ...OK, chunks }));
    const body = (await ask()).body[Symbol.asyncIterator]();
    expect(String((await body.next()).value)).toBe('early');
    gate.resolve();
    expect(String((await body.next()).value)).toBe('late');
    expect((await body.next()).done).toBe(true);
  });

  it.each([
    ['gzip', gzipSync],
    ['X-GZIP', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
    ['identity', plain],
  ])('undoes the encoding %s', async (encoding, encode: (text: string) => Buffer) => {
    const chunks = [encode('sent compressed')];
    const { ask } = await upstreamThat(() => ({
      ...OK,
      headers: ['Content-Encoding', encoding],
      chunks,
    }));
    expect(await textOf(await ask())).toBe('sent compressed');
  });

  it('fails with upstream_unreachable at an encoding it does not know', async () => {
    const { ask } = await upstreamThat(() => ({ ...OK, headers: ['content-encoding', 'morse'] }));
    await expect(ask()).rejects.toMatchObject({ code: 'upstream_unreachable' });
  });

  it('fails with upstream_unreachable where nobody listens', async () => {
    const ask = askAt(`http://127.0.0.1:${await freePort()}`);
    await expect(ask()).rejects.toMatchObject({ code: 'upstream_unreachable' });
  });

  it('fails with upstream_unreachable when the connection closes before a head', async () => {
    const { ask, upstream } = await upstreamThat(() => new Promise(() => {}));
    const answer = ask();
    answer.catch(() => {});
    await upstream.nextRequest();
    await upstream[Symbol.asyncDispose]();
    await expect(answer).rejects.toMatchObject({ code: 'upstream_unreachable' });
  });

  it('closes the connection when it is aborted before the head', async () => {
    const { ask, upstream } = await upstreamThat(() => new Promise(() => {}));
    const client = new AbortController();
    const answer = ask({ signal: client.signal });
    answer.catch(() => {});
    const request = await upstream.nextRequest();
    client.abort();
    await request.aborted;
    await expect(answer).rejects.toMatchObject({ code: 'upstream_unreachable' });
  });

  describe.each([
    ['plain', [], plain],
    ['compressed', ['content-encoding', 'gzip'], gzipSync],
  ])('inside a %s body', (_, headers, encode) => {
    const hanging = { ...OK, headers, chunks: [encode('begun'), { gate: new Promise(() => {}) }] };

    it('closes the connection when it is aborted', async () => {
      const { ask, upstream } = await upstreamThat(() => hanging);
      const client = new AbortController();
      const reading = Array.fromAsync((await ask({ signal: client.signal })).body);
      client.abort(new RangeError('gone'));
      await expect(reading).rejects.toThrow(RangeError);
      await (
        await upstream.nextRequest()
      ).aborted;
    });

    it('closes the connection when its iteration is left', async () => {
      const { ask, upstream } = await upstreamThat(() => hanging);
      for await (const chunk of (await ask()).body) {
        expect(String(chunk)).toBe('begun');
        break;
      }
      await (
        await upstream.nextRequest()
      ).aborted;
    });
  });

  it.each([
    ['a chunked body', [], [Buffer.from('half'), 'cut' as const]],
    ['a body of known length', ['content-length', '9'], [Buffer.from('half'), 'cut' as const]],
    ['a compressed body', ['content-encoding', 'gzip'], [gzipSync('half').subarray(0, 15)]],
  ])('throws where %s breaks off', async (_, headers, chunks) => {
    const { ask } = await upstreamThat(() => ({ ...OK, headers, chunks }));
    await expect(ask().then(textOf)).rejects.toThrow(/terminated|closed|aborted|unexpected end/);
  });
});

function plain(text: string): Buffer {
  return Buffer.from(text);
}
