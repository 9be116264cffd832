// Content policies end to end: what is rejected, redacted and recorded in requests and responses.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import Anthropic from '@anthropic-ai/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminOf } from '../kit/admin.ts';
import { BUSES, startGateway, type Gateway } from '../kit/gateway.ts';
import { policyFolder, type PolicyFolder } from '../kit/policy-folder.ts';
import { policyOf, words } from '../kit/policies.ts';

const TOKEN = 'admin-token-of-a-test-0123456789abcdef';
const LONG = 'word '.repeat(200);

const STRICT = policyOf([
  {
    id: 'code-names',
    match: words('blue falcon'),
    action: 'block',
    severity: 'high',
    message: 'Code names are confidential.',
  },
  { id: 'customers', match: words('Initech'), action: 'redact' },
  { id: 'swearing', match: words('darn'), action: 'flag' },
  { id: 'models', match: { any: [{ type: 'model', deny: ['*-preview'] }] }, action: 'block' },
  { id: 'out', on: 'response', match: words('red herring'), action: 'block' },
  {
    id: 'out-cut',
    on: 'response',
    match: words('green light'),
    action: 'block',
    stream: { mode: 'cut' },
  },
  { id: 'out-names', on: 'response', match: words('Globex'), action: 'redact' },
  {
    id: 'out-tools',
    on: 'response',
    scope: { parts: ['tool_use'] },
    match: words('rm -rf'),
    action: 'block',
  },
]);

describe.each(BUSES)('a policy through the %s bus', (bus) => {
  let folder: PolicyFolder;
  let gateway: Gateway;
  let key = '';
  beforeAll(async () => {
    folder = policyFolder({ strict: STRICT });
    const env = { LLMP_ADMIN_TOKEN: TOKEN, LLMP_POLICIES: folder.path };
    gateway = await startGateway({ bus, users: bus === 'nats', env });
    key = (await adminOf(gateway, TOKEN).key(undefined, { policy: 'strict' })).key;
  });
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  async function ask(content: string, more: object = {}, simulate = '', secret = key) {
    const response = await fetch(`${gateway.url}/v1/messages`, {
      method: 'POST',
      headers: {
        'x-api-key': secret,
        'content-type': 'application/json',
        ...(simulate === '' ? {} : { 'x-llmp-simulate': simulate }),
      },
      body: JSON.stringify({
        model: 'claude-haiku-4-5',
        max_tokens: 1_000,
        messages: [{ role: 'user', content }],
        ...more,
      }),
    });
    const text = await response.text();
    const id = response.headers.get('request-id');
    const finished = () =>
      gateway.logs().find(({ msg, requestId }) => msg === 'request finished' && requestId === id);
    await expect.poll(finished).toBeDefined();
    return { status: response.status, headers: response.headers, text, log: finished() ?? {} };
  }

  it('rejects blocked requests with the rule, but never with what was matched', async () => {
    const { status, headers, text, log } = await ask('Tell me of Blue\u200b  Falcon, please');
    expect(status).toBe(400);
    expect(headers.get('x-should-retry')).toBe('false');
    expect(JSON.parse(text)).toMatchObject({
      type: 'error',
      error: {
        type: 'policy_blocked',
        message: 'Code names are confidential. (policy rule code-names)',
        details: { error_code: 'policy_blocked', rule: 'code-names' },
      },
    });
    expect(text.toLowerCase()).not.toContain('falcon');
    expect(log).toMatchObject({
      outcome: 'refused',
      annotations: {
        policyHits: 'block:code-names',
        policy: expect.stringMatching(/^strict@[0-9a-f]{8}$/),
      },
    });
    expect(log).not.toHaveProperty('annotations.upstreamStatus');
  });

  it('checks fallback models', async () => {
    const { status, text } = await ask('Hello', { fallbacks: [{ model: 'claude-next-preview' }] });
    expect(status).toBe(400);
    expect(text).toContain('policy rule models');
  });

  it('replaces redacted text', async () => {
    const { status, text, log } = await ask('Write to Initech and to INITECH.');
    expect(status).toBe(200);
    expect(text).toContain('Write to [REDACTED_CUSTOMERS] and to [REDACTED_CUSTOMERS].');
    expect(log).toMatchObject({ annotations: { policyHits: 'redact:customers' } });
  });

  it('passes flagged requests, and records them in the ledger', async () => {
    const { status, headers, text } = await ask('Darn it');
    expect(status).toBe(200);
    expect(text).toContain('You said: Darn it');
    const records = async () => (await adminOf(gateway, TOKEN).get('ledger')).json.data ?? [];
    const id = headers.get('request-id');
    await expect
      .poll(async () => (await records()).find((record) => record['id'] === id))
      .toMatchObject({ policy_hits: 'flag:swearing' });
  });

  it('reports every matching rule', async () => {
    const { status, log } = await ask('Darn, Initech has Blue Falcon');
    expect(status).toBe(400);
    const hits = 'block:code-names redact:customers flag:swearing';
    expect(log).toMatchObject({ annotations: { policyHits: hits } });
  });

  it('does not apply to keys without this policy', async () => {
    const { status, text } = await ask('Tell me of Blue Falcon', {}, '', gateway.key);
    expect(status).toBe(200);
    expect(text).toContain('Blue Falcon');
  });

  it('rejects requests whose policy does not exist', async () => {
    folder.write('lost', policyOf([]));
    const { key: secret } = await adminOf(gateway, TOKEN).key(undefined, { policy: 'lost' });
    rmSync(join(folder.path, 'lost.yaml'));
    const refused = async () => (await ask('Hello', {}, '', secret)).text;
    await expect.poll(refused).toContain('does not exist');
  });

  describe('for responses', () => {
    it('rejects a buffered one', async () => {
      const { status, text, log } = await ask('Hi', {}, 'text=It was a Red Herring all along');
      expect(status).toBe(400);
      expect(text).toContain('policy rule out');
      expect(text).not.toContain('Herring');
      expect(log).toMatchObject({ annotations: { responsePolicyHits: 'block:out' } });
    });

    it('rejects a stream with a status before anything was sent', async () => {
      const { status, headers, text } = await ask('Hi', { stream: true }, 'text=A Red Herring');
      expect(status).toBe(400);
      expect(headers.get('x-should-retry')).toBe('false');
      expect(text).toContain('policy rule out');
    });

    it('ends a running stream with an error after closing open blocks', async () => {
      const { status, text } = await ask('Hi', { stream: true }, `text=${LONG}Red Herring ${LONG}`);
      expect(status).toBe(200);
      expect(text).not.toContain('Herring');
      expect(text).not.toContain('Red');
      const names = Array.from(text.matchAll(/^event: (.*)$/gm), ([, name]) => name);
      expect(names[0]).toBe('message_start');
      expect(names.slice(-3)).toEqual(['content_block_delta', 'content_block_stop', 'error']);
      expect(text).toContain('"type":"policy_blocked"');
      expect(text).not.toContain('refusal');
    });

    it('does not delay a stream in cut mode', async () => {
      const { status, text } = await ask('Hi', { stream: true }, `text=${LONG}Green Light ${LONG}`);
      expect(status).toBe(200);
      expect(text).toContain('policy rule out-cut');
      expect(text).not.toContain('event: message_stop');
    });

    it('redacts streamed text, however it is chunked', async () => {
      const simulate = `split=1 text=${LONG}Ask Globex, or GLOBEX. ${LONG}`;
      const { status, text } = await ask('Hi', { stream: true }, simulate);
      expect(status).toBe(200);
      const deltas = Array.from(text.matchAll(/^data: (.*)$/gm), ([, json = '']) => json)
        .map((json) => JSON.parse(json) as { delta?: { text?: string } })
        .map(({ delta }) => delta?.text ?? '');
      expect(deltas.join('')).toBe(
        `${LONG}Ask [REDACTED_OUT_NAMES], or [REDACTED_OUT_NAMES]. ${LONG}`.trimEnd(),
      );
    });

    it('withholds a tool call', async () => {
      const more = { stream: true, tools: [{ name: 'Bash', input_schema: { type: 'object' } }] };
      const simulate = 'tool=Bash input={"command":"rm -rf ~"}';
      const { status, text } = await ask('Hi', more, simulate);
      expect(status).toBe(400);
      expect(text).toContain('policy rule out-tools');
    });

    it('counts the tokens of withheld responses', async () => {
      const { headers } = await ask('Hi', { stream: true }, 'text=A Red Herring');
      const id = headers.get('request-id');
      const records = async () => (await adminOf(gateway, TOKEN).get('ledger')).json.data ?? [];
      await expect
        .poll(async () => (await records()).find((record) => record['id'] === id))
        .toMatchObject({ usage_source: 'simulator', policy_hits: 'block:out', cost_usd: 0 });
      const record = (await records()).find((one) => one['id'] === id);
      expect(record?.['output_tokens']).toBeGreaterThan(0);
    });
  });

  it('is an error to the SDK, which does not retry', async () => {
    const before = gateway.logs().filter(({ msg }) => msg === 'request finished').length;
    const client = new Anthropic({ baseURL: gateway.url, apiKey: key });
    const messages = [{ role: 'user', content: 'Blue Falcon' } as const];
    const request = { model: 'claude-haiku-4-5', max_tokens: 100, messages };
    await expect(client.messages.create(request)).rejects.toThrow(/Code names are confidential/);
    await expect(client.messages.stream(request).finalMessage()).rejects.toThrow(/policy_blocked/);
    const count = () => gateway.logs().filter(({ msg }) => msg === 'request finished').length;
    await expect.poll(count).toBe(before + 2);
  });
});
