// A client disconnect aborts the upstream request in every phase, on every bus.

import { request as httpRequest, type ClientRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUSES, startGateway, type Gateway } from '../kit/gateway.ts';
import { startSlowUpstream, type SlowUpstream } from '../kit/slow-upstream.ts';

/** Sends the head of a response without content soon; by default, it is held for seconds. */
const limits = { upstream: { holdMs: 20 } };

describe.each(BUSES)('a client disconnect on the %s bus', (bus) => {
  let upstream: SlowUpstream;
  let gateway: Gateway;
  beforeAll(async () => {
    upstream = await startSlowUpstream();
    gateway = await startGateway({ bus, upstreamUrl: upstream.url, replaced: { limits } });
  });
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    await upstream[Symbol.asyncDispose]();
  });

  function openRequest(): ClientRequest {
    const headers = { 'x-api-key': gateway.key, 'content-type': 'application/json' };
    const request = httpRequest(`${gateway.url}/v1/messages`, { method: 'POST', headers });
    request.on('error', () => {});
    request.end('{"model":"m","max_tokens":1,"stream":true,"messages":[]}');
    return request;
  }

  it('before the upstream responds aborts the upstream request', async () => {
    const client = openRequest();
    const seen = await upstream.next();
    client.destroy();
    expect(await seen.closed).toBe('aborted');
  });

  it('after the response headers aborts the upstream request', async () => {
    const client = openRequest();
    const seen = await upstream.next();
    seen.response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    await new Promise((resolve) => client.once('response', resolve));
    client.destroy();
    expect(await seen.closed).toBe('aborted');
  });

  it('in a silent stream aborts the upstream request', async () => {
    const client = openRequest();
    const seen = await upstream.next();
    seen.response.writeHead(200, { 'content-type': 'text/event-stream' });
    seen.response.write('event: message_start\ndata: {}\n\n');
    await firstBytes(client);
    client.destroy();
    expect(await seen.closed).toBe('aborted');
  });

  it('in a running stream aborts the upstream request', async () => {
    const client = openRequest();
    const seen = await upstream.next();
    seen.response.writeHead(200, { 'content-type': 'text/event-stream' });
    const running = setInterval(() => seen.response.write('event: ping\ndata: {}\n\n'), 1);
    await firstBytes(client);
    client.destroy();
    expect(await seen.closed).toBe('aborted');
    clearInterval(running);
  });

  it('is logged once per request', async () => {
    const client = openRequest();
    const seen = await upstream.next();
    client.destroy();
    expect(await seen.closed).toBe('aborted');
    const lines = () => gateway.logs().filter((line) => line['outcome'] === 'client_disconnected');
    await expect.poll(lines).toHaveLength(5);
  });
});

function firstBytes(client: ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    client.once('response', (response) => {
      response.on('error', () => {});
      response.once('data', () => resolve());
    });
  });
}
