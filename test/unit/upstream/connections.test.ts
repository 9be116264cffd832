// How an upstream is reached: through proxies or past them, over TLS of a private authority, by HTTP/2.

import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createHttpTransport, type HttpTransportOptions } from '../../../services/upstream/http.ts';
import { startScriptedUpstream } from '../../kit/scripted-upstream.ts';

let stack = new AsyncDisposableStack();
afterEach(async () => {
  await stack.disposeAsync();
  stack = new AsyncDisposableStack();
});

async function ask(options: Omit<HttpTransportOptions, 'connectTimeoutMs'>) {
  const transport = stack.use(createHttpTransport({ connectTimeoutMs: 1_000, ...options }));
  const { signal } = new AbortController();
  const asked = { method: 'POST', path: '/v1/messages', headers: ['x-a', 'b'], signal } as const;
  const reply = await transport({ ...asked, body: Buffer.from('{}') });
  return {
    status: reply.status,
    text: Buffer.concat(await Array.fromAsync(reply.body)).toString(),
  };
}

describe('a proxy', () => {
  /** One that lets everybody through, and notes whereto. */
  async function startProxy() {
    const hosts: string[] = [];
    // Requests to http addresses name the whole address (RFC 9112, 3.2.2).
    const proxy = createServer((incoming, response) => {
      hosts.push(new URL(incoming.url ?? '').host);
      const { method, headers, url = '' } = incoming;
      const onward = request(url, { method, headers }, (reply) => reply.pipe(response));
      incoming.pipe(onward);
    });
    await once(proxy.listen(0, '127.0.0.1'), 'listening');
    stack.defer(() => {
      proxy.closeAllConnections();
      proxy.close();
    });
    const { port } = proxy.address() as AddressInfo;
    return { hosts, url: `http://127.0.0.1:${port}` };
  }

  it('is gone through, but for hosts that are reached without one', async () => {
    const upstream = stack.use(
      await startScriptedUpstream(() => ({
        status: 200,
        headers: [],
        chunks: [Buffer.from('hi')],
      })),
    );
    const proxy = await startProxy();
    const { host } = new URL(upstream.url);
    const through = { url: upstream.url, proxy: { http: proxy.url } };
    expect(await ask(through)).toEqual({ status: 200, text: 'hi' });
    expect(proxy.hosts).toEqual([host]);
    const past = { url: upstream.url, proxy: { http: proxy.url, no: '127.0.0.1' } };
    expect(await ask(past)).toEqual({ status: 200, text: 'hi' });
    const other = { url: upstream.url, proxy: { https: 'http://127.0.0.1:1' } };
    expect(await ask(other)).toEqual({ status: 200, text: 'hi' });
    expect(proxy.hosts).toEqual([host]);
  });
});

describe('an upstream of a private authority', () => {
  let directory: string;
  const file = (name: 'key' | 'cert') => join(directory, `${name}.pem`);
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'llmp-tls-'));
    const words = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
    const names = ['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
    const files = ['-keyout', file('key'), '-out', file('cert')];
    const subject = ['-nodes', '-days', '2', '-subj', '/CN=localhost'];
    execFileSync('openssl', [...words, ...subject, ...names, ...files], { stdio: 'ignore' });
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it('is asked by HTTP/2 where both sides want it, and not at all where it is not trusted', async () => {
    const server = createSecureServer(
      { key: readFileSync(file('key')), cert: readFileSync(file('cert')), allowHTTP1: true },
      ({ httpVersion }, response) => void response.end(httpVersion),
    );
    await once(server.listen(0, '127.0.0.1'), 'listening');
    stack.defer(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const url = `https://127.0.0.1:${port}`;
    const ca = readFileSync(file('cert'), 'utf8');
    expect(await ask({ url, ca, http2: true })).toEqual({ status: 200, text: '2.0' });
    expect(await ask({ url, ca, family: 4 })).toEqual({ status: 200, text: '1.1' });
    await expect(ask({ url })).rejects.toMatchObject({ code: 'upstream_unreachable' });
  });
});
