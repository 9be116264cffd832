import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { createHttpTransport } from '../../../../services/upstream/http/http.ts';
import type { UpstreamResponse, UpstreamRequest } from '../../../../services/upstream/transport.ts';
import { limits } from '../../../../shared/limits.ts';
import { pairsOf } from '../../../../shared/runtime/raw-headers.ts';
import {
  startScriptedUpstream,
  type Script,
  type ScriptedUpstream,
} from '../../../kit/scripted-upstream.ts';
import { freePort } from '../../../kit/servers.ts';
import { requestBodyOf } from '../../../kit/request-messages.ts';

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
      body: requestBodyOf('{}'),
      signal: new AbortController().signal,
      ...request,
    });
}

const OK = { status: 200, headers: [], chunks: [Buffer.from('ok')] };

async function textOf(response: UpstreamResponse): Promise<string> {
  return Buffer.concat(await Array.fromAsync(response.body)).toString();
}

describe('the HTTP transport', () => {
  it('sends headers with their case, order and repetition, and the body unchanged', async () => {
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
    const body = requestBodyOf(Uint8Array.from({ length: 256 }, (_, byte) => byte));
    await textOf(await ask({ headers, body }));
    const [request] = upstream.requests;
    const sent = Array.from(pairsOf(request?.rawHeaders ?? []));
    const forwarded = sent.filter(([name]) => headers.includes(name));
    expect(forwarded.flat()).toEqual(headers);
    expect(sent.filter(([name]) => /^content-length$/i.test(name)).flat()[1]).toBe('256');
    expect(request?.body.equals(body.bytes)).toBe(true);
  });

  it('holds no parsed body while the upstream works', async () => {
    const { ask } = await upstreamThat(() => OK);
    const body = requestBodyOf('{"model":"m"}');
    const parsed = body.parse(limits.json);
    await textOf(await ask({ body }));
    expect(body.parse(limits.json)).not.toBe(parsed);
  });

  it('returns response headers with their case, order and repetition', async () => {
    const headers = ['X-Twice', '1', 'x-twice', '2', 'Retry-After', '3', 'x-latin', 'caf\u00e9'];
    const { ask } = await upstreamThat(() => ({ ...OK, status: 429, headers }));
    const response = await ask();
    expect(response.status).toBe(429);
    expect(response.headers.slice(0, headers.length)).toEqual(headers);
    expect(await textOf(response)).toBe('ok');
  });

  it.each([
    ['', '/v1/models?limit=3&b=%20'],
    ['/', '/v1/models?limit=3&b=%20'],
    ['/anthropic/eu/', '/anthropic/eu/v1/models?limit=3&b=%20'],
  ])('prefixes the request path with the path of its URL (%j)', async (prefix, path) => {
    const { ask, upstream } = await upstreamThat(() => OK, prefix);
    await textOf(await ask({ path: '/v1/models?limit=3&b=%20' }));
    expect(upstream.requests[0]?.url).toBe(path);
  });

  it('sends a GET without a body', async () => {
    const { ask, upstream } = await upstreamThat(() => OK);
    await textOf(await ask({ method: 'GET', body: requestBodyOf('') }));
    const [request] = upstream.requests;
    expect(request).toMatchObject({ method: 'GET', body: Buffer.alloc(0) });
    expect(request?.rawHeaders.join().toLowerCase()).not.toContain('content-length');
  });

  it('does not follow redirects', async () => {
    const headers = ['location', 'http://127.0.0.1:1/elsewhere'];
    const { ask } = await upstreamThat(() => ({ ...OK, status: 307, headers }));
    const response = await ask();
    expect({ status: response.status, text: await textOf(response) }).toEqual({
      status: 307,
      text: 'ok',
    });
  });

  it('streams the body', async () => {
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
  ])('decodes %s', async (encoding, encode: (text: string) => Buffer) => {
    const chunks = [encode('sent compressed')];
    const { ask } = await upstreamThat(() => ({
      ...OK,
      headers: ['Content-Encoding', encoding],
      chunks,
    }));
    expect(await textOf(await ask())).toBe('sent compressed');
  });

  it('fails with upstream_invalid_response for an unknown encoding, and closes the connection', async () => {
    const headers = ['content-encoding', 'morse'];
    const chunks = [{ gate: new Promise(() => {}) }];
    const { ask, upstream } = await upstreamThat(() => ({ ...OK, headers, chunks }));
    await expect(ask()).rejects.toMatchObject({ code: 'upstream_invalid_response' });
    await upstream.requests[0]?.aborted;
  });

  it('drops headers of the gateway that an upstream sends', async () => {
    const headers = [
      'X-LLMP-Upstream',
      'a',
      'x-llmp-scrubbed',
      'b',
      'Age',
      '1',
      'retry-after',
      '2',
    ];
    const { ask } = await upstreamThat(() => ({ ...OK, headers }));
    expect((await ask()).headers.slice(0, 2)).toEqual(['retry-after', '2']);
  });

  it('fails with upstream_unreachable if nothing listens', async () => {
    const ask = askAt(`http://127.0.0.1:${await freePort()}`);
    await expect(ask()).rejects.toMatchObject({ code: 'upstream_unreachable' });
  });

  it('fails with upstream_unreachable if the connection closes before the head', async () => {
    const { ask, upstream } = await upstreamThat(() => new Promise(() => {}));
    const response = ask();
    response.catch(() => {});
    await upstream.nextRequest();
    await upstream[Symbol.asyncDispose]();
    await expect(response).rejects.toMatchObject({ code: 'upstream_unreachable' });
  });

  it('closes the connection on an abort before the head', async () => {
    const { ask, upstream } = await upstreamThat(() => new Promise(() => {}));
    const client = new AbortController();
    const response = ask({ signal: client.signal });
    response.catch(() => {});
    const request = await upstream.nextRequest();
    client.abort();
    await request.aborted;
    await expect(response).rejects.toMatchObject({ code: 'upstream_unreachable' });
  });

  describe.each([
    ['plain', [], plain],
    ['compressed', ['content-encoding', 'gzip'], gzipSync],
  ])('inside a %s body', (_, headers, encode) => {
    const hanging = {
      ...OK,
      headers,
      chunks: [encode('started'), { gate: new Promise(() => {}) }],
    };

    it('closes the connection on an abort', async () => {
      const { ask, upstream } = await upstreamThat(() => hanging);
      const client = new AbortController();
      const reading = Array.fromAsync((await ask({ signal: client.signal })).body);
      client.abort(new RangeError('aborted'));
      await expect(reading).rejects.toThrow(RangeError);
      await (
        await upstream.nextRequest()
      ).aborted;
    });

    it('closes the connection if the iteration stops', async () => {
      const { ask, upstream } = await upstreamThat(() => hanging);
      for await (const chunk of (await ask()).body) {
        expect(String(chunk)).toBe('started');
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
  ])('throws if %s breaks off', async (_, headers, chunks) => {
    const { ask } = await upstreamThat(() => ({ ...OK, headers, chunks }));
    await expect(ask().then(textOf)).rejects.toThrow(/terminated|closed|aborted|unexpected end/);
  });
});

function plain(text: string): Buffer {
  return Buffer.from(text);
}
