// Large requests of new text beside small ones in one process: they are searched in threads, so the event
// loop stays free.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Pass } from '../../shared/privacy/detect/scan-pass.ts';
import { startEchoUpstream } from '../kit/echo-upstream.ts';
import { BOTH_BUSES, startGateway, type Gateway } from '../kit/gateway.ts';
import { startScriptedUpstream, type ScriptedUpstream } from '../kit/scripted-upstream.ts';

/** New text above which the tests use a thread; by default, it is a megabyte. */
const NEW_CHARS_MAX = 40_000;
const scrubThreads = { newCharsMax: NEW_CHARS_MAX };
const VALUES = 4_000;

function lines(line: (index: number) => string, chars = 3 * NEW_CHARS_MAX): string {
  const { length } = line(0);
  return Array.from({ length: chars / length }, (_, index) => line(index)).join('\n');
}

const phone = (index: number) => `+49151${10_000_000 + (index % VALUES)}`;
const mail = (index: number) => `info${10_000 + (index % VALUES)}@corp-mail.org`;
const row = (index: number) => `${index % 10},${mail(index)},${phone(index)},active`;

const HOSTILE: Readonly<Record<string, string>> = {
  'a phone list': lines(phone),
  'rows of customers': lines(row),
  'one card, repeated': lines(() => '4111 1111 1111 1111'),
  'digits like those of cards': lines((n) => `4111${String(n * 7_919).padStart(12, '0')}`),
};

const says = (content: string) =>
  JSON.stringify({ model: 'm', max_tokens: 9, messages: [{ role: 'user', content }] });

async function ask(gateway: Gateway, body: string, signal?: AbortSignal) {
  const response = await fetch(`${gateway.url}/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': gateway.key, 'content-type': 'application/json' },
    body,
    ...(signal ? { signal } : {}),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

const RESPONSE = JSON.stringify({ type: 'message', content: [], stop_reason: 'end_turn' });

describe.each(BOTH_BUSES)('on the %s bus, a gateway with hostile requests in work', (bus) => {
  let stack: AsyncDisposableStack;
  let upstream: ScriptedUpstream;
  let gateway: Gateway;
  beforeEach(async () => {
    stack = new AsyncDisposableStack();
    upstream = stack.use(
      await startScriptedUpstream(() => ({
        status: 200,
        headers: ['content-type', 'application/json'],
        chunks: [Buffer.from(RESPONSE)],
      })),
    );
    gateway = stack.use(await gatewayOf(upstream.url, { scrubThreads }));
  });
  afterEach(() => stack.disposeAsync());

  const gatewayOf = (upstreamUrl: string, limits = {}) =>
    startGateway({ bus, upstreamUrl, env: { LLMP_SCRUB_THREADS: '1' }, replaced: { limits } });

  it('serves small ones first, and searches no hostile text on its event loop', async () => {
    const order: string[] = [];
    const advance = vi.spyOn(Pass.prototype, 'advance');
    const large = Object.values(HOSTILE).map(async (content) => {
      const { status } = await ask(gateway, says(content));
      order.push('large');
      return status;
    });
    const small = Array.from({ length: 5 }, async (_, count) => {
      const { status } = await ask(gateway, says(`Hello ${count}, write to ${mail(count)}.`));
      order.push('small');
      return status;
    });
    expect(new Set(await Promise.all([...large, ...small]))).toEqual(new Set([200]));
    const steps = advance.mock.results.map(({ value }) => value);
    advance.mockRestore();
    expect(order.at(-1)).toBe('large');
    // A step ends with `false` where a text is longer than one step.
    expect(steps).toContain(true);
    expect(steps).not.toContain(false);
    for (const { body } of upstream.requests) {
      expect(body.toString()).not.toMatch(/\+49151|@corp-mail|4111 1111 1111 1111/);
    }
  });

  it('refuses the one that takes too much memory, and no other', async () => {
    const poor = stack.use(
      await gatewayOf(upstream.url, { scrubThreads: { heapMegabytesMax: 64, newCharsMax: 1_000 } }),
    );
    const ones = says(`${mail(2)} `.repeat(100)).replace(
      '{',
      `{"metadata":{"x":[${'{},'.repeat(900_000)}0]},`,
    );
    const [hungry, other] = await Promise.all([
      ask(poor, ones),
      ask(poor, says(`${mail(1)} `.repeat(100))),
    ]);
    expect(hungry.status).toBe(500);
    expect(hungry.text).toContain('"error_code":"stage_failed"');
    expect(other.status).toBe(200);
    expect(upstream.requests.map(({ body }) => body.byteLength < NEW_CHARS_MAX)).toEqual([true]);
    const logged = poor.logs().filter(({ msg }) => msg === 'internal error');
    expect(JSON.stringify(logged)).toContain('ERR_WORKER_OUT_OF_MEMORY');
  });

  it('drops the one whose client leaves', async () => {
    const gone = new AbortController();
    const left = ask(gateway, says(HOSTILE['rows of customers'] ?? ''), gone.signal);
    const next = ask(gateway, says(HOSTILE['a phone list'] ?? ''));
    // The requests before are in work by then.
    expect((await ask(gateway, says('Hello.'))).status).toBe(200);
    gone.abort();
    await expect(left).rejects.toThrow(/abort/);
    expect((await next).status).toBe(200);
    expect(upstream.requests).toHaveLength(2);
  });

  it('restores what a hostile one gets back', async () => {
    const echo = stack.use(await startEchoUpstream());
    const echoing = stack.use(await gatewayOf(echo.url, { scrubThreads }));
    const content = lines(row);
    const { status, headers, text } = await ask(echoing, says(content));
    expect(status).toBe(200);
    expect(headers.get('x-llmp-scrubbed')).toMatch(/EMAIL_ADDRESS=\d+, PHONE_NUMBER=\d+/);
    expect(echo.bodies[0]).not.toMatch(/\+49151|@corp-mail/);
    const message = JSON.parse(text) as { content: { text: string }[] };
    expect(message.content[0]?.text === says(content)).toBe(true);
  });
});
