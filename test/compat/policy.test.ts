// How clients handle content policies: one request, with the rule's message shown. Claude Code's own
// prompts, which are full of words that rules look for, must not match.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminOf } from '../kit/admin.ts';
import { askClaude, describeWithClaudeCode } from '../kit/claude-code.ts';
import { startGateway, type Gateway } from '../kit/gateway.ts';
import { policyFolder, type PolicyFolder } from '../kit/policy-folder.ts';
import { policyOf, words } from '../kit/policies.ts';
import { requestLines } from '../kit/request-log.ts';
import { TYPESCRIPT_SDKS } from '../kit/sdk-clients.ts';

const TOKEN = 'admin-token-of-a-test-0123456789abcdef';
const LONG = 'word '.repeat(200);

const POLICY = policyOf([
  {
    id: 'code-names',
    match: words('blue falcon'),
    action: 'block',
    message: 'Code names are confidential.',
  },
  { id: 'out', on: 'response', match: words('red herring'), action: 'block', message: 'No fish.' },
  {
    id: 'typed',
    scope: { parts: ['user'], latest_turn_only: true },
    match: words('claude', 'commit', 'tool'),
    action: 'block',
  },
]);

let folder: PolicyFolder;
let gateway: Gateway;
beforeAll(async () => {
  folder = policyFolder({ strict: POLICY });
  const env = { LLMP_ADMIN_TOKEN: TOKEN, LLMP_POLICIES: folder.path };
  gateway = await startGateway({ bus: 'embedded', env });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

async function newKey() {
  return await adminOf(gateway, TOKEN).key(undefined, { policy: 'strict' });
}

function statusesOf(id: string): number[] {
  return requestLines(gateway)
    .filter((line) => line.keyId === id)
    .map(({ status }) => status);
}

describe.each(TYPESCRIPT_SDKS)('the SDK $name', ({ Sdk }) => {
  const hello = (content: string) => ({
    model: 'claude-opus-5-5',
    max_tokens: 2_000,
    messages: [{ role: 'user' as const, content }],
  });

  it('throws the message of the policy after one request', async () => {
    const { id, key } = await newKey();
    const client = new Sdk({ baseURL: gateway.url, apiKey: key });
    await expect(client.messages.create(hello('Blue Falcon'))).rejects.toMatchObject({
      status: 400,
      type: 'policy_blocked',
      message: expect.stringContaining('Code names are confidential. (policy rule code-names)'),
    });
    await expect.poll(() => statusesOf(id)).toEqual([400]);
  });

  it('throws mid-stream, after the text already shown', async () => {
    const { id, key } = await newKey();
    const client = new Sdk({ baseURL: gateway.url, apiKey: key });
    const content = `[[simulate: text=${LONG} a red herring ${LONG}]]`;
    const stream = client.messages.stream(hello(content));
    let shown = '';
    stream.on('text', (text) => (shown += text));
    await expect(stream.finalMessage()).rejects.toThrow(/No fish\. \(policy rule out\)/);
    expect(LONG.startsWith(shown)).toBe(true);
    expect(shown.length).toBeGreaterThan(500);
    await expect.poll(() => statusesOf(id)).toEqual([200]);
  });
});

describeWithClaudeCode('Claude Code', () => {
  it('shows why its request was refused, without a retry', async () => {
    const { id, key } = await newKey();
    const run = await askClaude('Tell me of Blue Falcon', { gateway: { url: gateway.url, key } });
    expect(run.stdout).toContain('Code names are confidential. (policy rule code-names)');
    expect(run.exitCode).toBe(1);
    expect(statusesOf(id)).toEqual([400]);
  });

  it('shows why a response ended, without a retry', async () => {
    const { id, key } = await newKey();
    const prompt = `[[simulate: text=${LONG} a red herring ${LONG}]]`;
    const run = await askClaude(prompt, { gateway: { url: gateway.url, key } });
    expect(run.stdout).toContain('No fish. (policy rule out)');
    expect(run.exitCode).toBe(1);
    expect(statusesOf(id)).toEqual([200]);
  });

  it('sends its own prompts without matching a rule for user text', async () => {
    const { id, key } = await newKey();
    const run = await askClaude('Hello', { gateway: { url: gateway.url, key } });
    expect(run.stdout).toContain('Hello');
    expect(run.exitCode).toBe(0);
    expect(new Set(statusesOf(id))).toEqual(new Set([200]));
    const typed = await askClaude('Make a commit', { gateway: { url: gateway.url, key } });
    expect(typed.stdout).toContain('policy rule typed');
  });
});
