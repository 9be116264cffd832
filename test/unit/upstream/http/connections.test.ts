// Connections to an upstream: through proxies, over TLS with a private CA, by HTTP/2.

import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  createHttpTransport,
  type HttpTransportOptions,
} from '../../../../services/upstream/http/http.ts';
import { startScriptedUpstream } from '../../../kit/scripted-upstream.ts';
import { requestBodyOf } from '../../../kit/request-messages.ts';

let stack = new AsyncDisposableStack();
afterEach(async () => {
  await stack.disposeAsync();
  stack = new AsyncDisposableStack();
});

async function ask(options: Omit<HttpTransportOptions, 'connectTimeoutMs'>) {
  const transport = stack.use(createHttpTransport({ connectTimeoutMs: 1_000, ...options }));
  const { signal } = new AbortController();
  const fields = { method: 'POST', path: '/v1/messages', headers: ['x-a', 'b'], signal } as const;
  const response = await transport({ ...fields, body: requestBodyOf('{}') });
  return {
    status: response.status,
    text: Buffer.concat(await Array.fromAsync(response.body)).toString(),
  };
}

describe('a proxy', () => {
  /** A proxy that records the requested hosts. */
  async function startProxy() {
    const hosts: string[] = [];
    // Proxied http requests contain the absolute URL (RFC 9112, 3.2.2).
    const proxy = createServer((incoming, response) => {
      hosts.push(new URL(incoming.url ?? '').host);
      const { method, headers, url = '' } = incoming;
      const onward = request(url, { method, headers }, (upstream) => upstream.pipe(response));
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

  it('is used except for excluded hosts', async () => {
    const upstream = stack.use(
      await startScriptedUpstream(() => ({
        status: 200,
        headers: [],
        chunks: [Buffer.from('hi')],
      })),
    );
    const proxy = await startProxy();
    const { host } = new URL(upstream.url);
    const proxied = { url: upstream.url, proxy: { http: proxy.url } };
    expect(await ask(proxied)).toEqual({ status: 200, text: 'hi' });
    expect(proxy.hosts).toEqual([host]);
    const direct = { url: upstream.url, proxy: { http: proxy.url, no: '127.0.0.1' } };
    expect(await ask(direct)).toEqual({ status: 200, text: 'hi' });
    const network = { url: upstream.url, proxy: { http: proxy.url, no: 'corp, 127.0.0.0/8' } };
    expect(await ask(network)).toEqual({ status: 200, text: 'hi' });
    const other = { url: upstream.url, proxy: { https: 'http://127.0.0.1:1' } };
    expect(await ask(other)).toEqual({ status: 200, text: 'hi' });
    expect(proxy.hosts).toEqual([host]);
  });
});

describe('an upstream with a private CA', () => {
  let directory: string;
  const file = (name: 'key' | 'cert') => join(directory, `${name}.pem`);
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'llmp-tls-'));
    const options = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
    const names = ['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
    const files = ['-keyout', file('key'), '-out', file('cert')];
    const subject = ['-nodes', '-days', '2', '-subj', '/CN=localhost'];
    execFileSync('openssl', [...options, ...subject, ...names, ...files], { stdio: 'ignore' });
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it('is called by HTTP/2 if both sides support it, and not at all if it is not trusted', async () => {
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
