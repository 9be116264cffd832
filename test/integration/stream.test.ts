// Streams as clients see them, on every bus: without delay, in complete events, kept alive by pings,
// and never ended as if complete when they are not.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUSES, startGateway, type Gateway } from '../kit/gateway.ts';
import { startSlowUpstream, type HeldRequest, type SlowUpstream } from '../kit/slow-upstream.ts';
import { openStream, type OpenStream } from '../kit/stream-client.ts';

const START = 'event: message_start\ndata: {"type":"message_start"}\n\n';
const DELTA = 'event: content_block_delta\ndata: {"n":1}\n\n';
const STOP = 'event: message_stop\ndata: {"type":"message_stop"}\n\n';
const PING = 'event: ping\ndata: {"type": "ping"}\n\n';

describe.each(BUSES)('a stream through the %s bus', (bus) => {
  let upstream: SlowUpstream;
  let gateway: Gateway;
  beforeAll(async () => {
    upstream = await startSlowUpstream();
    const env = { LLMP_PING_MS: '60', LLMP_UPSTREAM_IDLE_MS: '400' };
    gateway = await startGateway({ bus, upstreamUrl: upstream.url, env });
  });
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    await upstream[Symbol.asyncDispose]();
  });

  async function begun(): Promise<{ client: OpenStream; seen: HeldRequest }> {
    const opening = openStream(gateway);
    const seen = await upstream.next();
    seen.response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    seen.response.write(START);
    return { client: await opening, seen };
  }

  it('delivers each event as soon as the upstream has sent it', async () => {
    const { client, seen } = await begun();
    expect(await client.until(START)).toBe(START);
    seen.response.write(DELTA);
    // A slow machine is silent for long enough to get pings.
    expect((await client.until(DELTA)).replaceAll(PING, '')).toBe(START + DELTA);
    seen.response.end(STOP);
    const { text, cut } = await client.rest();
    expect(text.replaceAll(PING, '')).toBe(START + DELTA + STOP);
    expect(cut).toBe(false);
  });

  it('holds back an incomplete event', async () => {
    const { client, seen } = await begun();
    seen.response.write(DELTA.slice(0, 20));
    expect(await client.until(PING)).toMatch(new RegExp(`^${START}(${PING})+$`));
    seen.response.end(DELTA.slice(20) + STOP);
    const { text } = await client.rest();
    expect(text.replaceAll(PING, '')).toBe(START + DELTA + STOP);
  });

  it('sends pings while the upstream is silent, and fails after the idle timeout', async () => {
    const { client, seen } = await begun();
    const { text, cut } = await client.rest();
    expect(text.startsWith(START + PING + PING)).toBe(true);
    expect(text).toMatch(/event: error\ndata: \{"type":"error","error":\{"type":"timeout_error"/);
    expect(cut).toBe(false);
    await seen.closed;
  });

  it('ends with an error event when the upstream disconnects early, cleanly or not', async () => {
    for (const disconnect of ['end', 'destroy'] as const) {
      const { client, seen } = await begun();
      seen.response.write(DELTA + 'event: content_block_delta\ndata: {"half":');
      await client.until(DELTA);
      seen.response[disconnect]();
      const { text } = await client.rest();
      const id = client.response.headers['request-id'];
      expect(text.replaceAll(PING, '')).toBe(
        `${START}${DELTA}event: error\ndata: {"type":"error","error":{"type":"api_error",` +
          '"message":"The upstream disconnected before the response was complete.",' +
          `"details":{"error_code":"upstream_disconnected"}},"request_id":"${String(id)}"}\n\n`,
      );
    }
  });

  it("forwards the upstream's error event unchanged, once", async () => {
    const { client, seen } = await begun();
    const error = 'event: error\ndata: {"type":"error","error":{"type":"overloaded_error"}}\n\n';
    seen.response.end(error);
    expect((await client.rest()).text).toBe(START + error);
  });

  it('carries an event of several megabytes', async () => {
    const { client, seen } = await begun();
    const big = `event: content_block_delta\ndata: {"big":"${'é'.repeat(2_000_000)}"}\n\n`;
    seen.response.end(big + STOP);
    const { text, cut } = await client.rest();
    expect(text.replaceAll(PING, '') === START + big + STOP).toBe(true);
    expect(cut).toBe(false);
  });

  it('buffers a non-streaming response until it is complete, or returns an error', async () => {
    for (const isComplete of [true, false]) {
      const opening = openStream(gateway);
      const seen = await upstream.next();
      seen.response.writeHead(200, { 'content-type': 'application/json', 'content-length': 9 });
      const finish = () => (isComplete ? seen.response.end('1.0}') : seen.response.destroy());
      seen.response.write('{"a":', finish);
      const client = await opening;
      const { text } = await client.rest();
      expect(client.response.statusCode).toBe(isComplete ? 200 : 502);
      expect(text).toMatch(isComplete ? /^\{"a":1\.0\}$/ : /"error_code":"upstream_disconnected"/);
    }
  });
});
