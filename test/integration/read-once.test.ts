// Within one process a body is parsed once, whatever the stages do with it, unless a scrub thread works on it.

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ScrubThreadLimits } from '../../shared/limits.ts';
import { ProcessKernel } from '../../shared/scan/process-kernel.ts';
import { adminOf } from '../kit/admin.ts';
import { describeWith } from '../kit/describe-with.ts';
import { startGateway, type Gateway } from '../kit/gateway.ts';
import { policyFolder } from '../kit/policy-folder.ts';
import { policyOf, words } from '../kit/policies.ts';
import { startScriptedUpstream, type ScriptedUpstream } from '../kit/scripted-upstream.ts';
import { startRedisServer } from '../kit/servers.ts';

const TOKEN = 'admin-token-of-a-test-0123456789abcdef';
const MODEL = 'claude-haiku-4-5';
const LARGE = 100_000;
const POLICY = policyOf([
  { id: 'names', match: words('falcon'), action: 'redact' },
  { id: 'size', match: { any: [{ type: 'limit', max_input_tokens: 1e9 }] }, action: 'block' },
]);
const REPLY = { type: 'message', content: [], stop_reason: 'end_turn' };

/** With an asynchronous store, the parsed body must survive several turns of the event loop. */
function readOnceSuite(
  openStore: (stack: AsyncDisposableStack) => Promise<object>,
  {
    scrubThreads = {},
    times = 1,
  }: { scrubThreads?: Partial<ScrubThreadLimits>; times?: number } = {},
): void {
  const stack = new AsyncDisposableStack();
  let upstream: ScriptedUpstream;
  let gateway: Gateway;
  let key: string;
  beforeAll(async () => {
    upstream = stack.use(
      await startScriptedUpstream(() => ({
        status: 200,
        headers: ['content-type', 'application/json'],
        chunks: [Buffer.from(JSON.stringify(REPLY))],
      })),
    );
    const folder = stack.use(policyFolder({ strict: POLICY }));
    const env = {
      LLMP_ADMIN_TOKEN: TOKEN,
      LLMP_POLICIES: folder.path,
      LLMP_UPSTREAMS: JSON.stringify({
        version: 1,
        upstreams: [{ name: 'only', url: upstream.url, keys: ['k'] }],
      }),
      ...(await openStore(stack)),
    };
    const replaced = { limits: { scrubThreads } };
    gateway = stack.use(await startGateway({ bus: 'embedded', env, replaced }));
    const limits = { requests_per_minute: 1_000, input_tokens_per_minute: 1e9 };
    const settings = { policy: 'strict', cache_for: '10m', models: [MODEL] };
    ({ key } = await adminOf(gateway, TOKEN).key(limits, settings));
  });
  afterAll(() => stack.disposeAsync());

  it.each([
    ['unchanged', 'hello', /hello$/],
    ['scrubbed', 'write to jane.roe@acme-mail.org', /write to PII_EMAIL_\w+$/],
    ['redacted by a policy', 'the falcon flies', /the \[REDACTED_NAMES\] flies$/],
    ['changed by both', 'falcon@acme-mail.org, a falcon', /PII_EMAIL_\w+, a \[REDACTED_NAMES\]$/],
  ])(`is parsed as often as it should (${times}) when it is %s`, async (_, content, forwarded) => {
    const messages = Array.from({ length: 401 }, (__, turn) => ({
      role: turn % 2 === 0 ? 'user' : 'assistant',
      content: `${'Nothing is in it. '.repeat(20)} ${turn}: ${content}`,
    }));
    const scans = vi.spyOn(ProcessKernel.prototype, 'steps');
    try {
      const response = await fetch(`${gateway.url}/v1/messages`, {
        method: 'POST',
        headers: { 'x-api-key': key, 'content-type': 'application/json' },
        body: JSON.stringify({ model: MODEL, max_tokens: 1_000, messages }),
      });
      expect([response.status, response.headers.get('x-llmp-cache')]).toEqual([200, 'miss']);
      const large = scans.mock.calls.filter(([bytes]) => bytes.byteLength > LARGE);
      expect(large).toHaveLength(times);
    } finally {
      scans.mockRestore();
    }
    const body = upstream.requests.at(-1)?.body.toString() ?? '';
    const { messages: received } = JSON.parse(body) as { messages: typeof messages };
    expect(received.at(-1)?.content).toMatch(forwarded);
  });
}

describe('a body in one process', () => {
  readOnceSuite(async () => ({}));
});

describe('a body that is scrubbed in a thread', () => {
  // The gateway keeps no parsed form meanwhile: it takes many times the memory of the bytes.
  readOnceSuite(async () => ({}), { scrubThreads: { newCharsMax: LARGE }, times: 2 });
});

describeWith('redis-server')('a body in one process with Redis', () => {
  readOnceSuite(async (stack) => ({ REDIS_URL: stack.use(await startRedisServer()).url }));
});
