// Tools and models that a request declares anywhere but in its list of tools, for the rules that forbid
// them: policies, keys bound to models, budgets, and the response cache.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminOf } from '../kit/admin.ts';
import { BUSES, startGateway, type Gateway } from '../kit/gateway.ts';
import { policyFolder, type PolicyFolder } from '../kit/policy-folder.ts';
import { policyOf } from '../kit/policies.ts';

const TOKEN = 'admin-token-of-a-test-0123456789abcdef';
const MODEL = 'claude-haiku-4-5';
const REMOTE = policyOf([
  {
    id: 'remote',
    match: { any: [{ type: 'tool', types: ['server', 'mcp'] }] },
    action: 'block',
  },
]);
const ADVISORS = policyOf([
  { id: 'models', match: { any: [{ type: 'model', deny: ['claude-opus-*'] }] }, action: 'block' },
]);

const added = (tool: object) => ({ type: 'tool_addition', tool });
const defined = (definition: object) => added({ type: 'tool_definition', definition });
const ADVISOR = { type: 'advisor_20260301', name: 'advisor', model: 'claude-opus-5-5' };
/** What a system message in the conversation can add. */
const ADDITIONS: readonly (readonly [title: string, block: object])[] = [
  ['a web search', defined({ type: 'web_search_20260318', name: 'web_search' })],
  ['code execution', defined({ type: 'code_execution_20260521', name: 'code_execution' })],
  ['a web fetch', defined({ type: 'web_fetch_20260318', name: 'web_fetch' })],
  ['an MCP toolset', defined({ type: 'mcp_toolset', mcp_server_name: 'jira' })],
  ['a tool that is not known yet', defined({ type: 'shell_20270101', name: 'shell' })],
  ['an advisor', defined(ADVISOR)],
  ['an MCP server by reference', added({ type: 'mcp_toolset_reference', server_name: 'jira' })],
];

describe.each(BUSES)('a tool that a message adds, through the %s bus,', (bus) => {
  let folder: PolicyFolder;
  let gateway: Gateway;
  beforeAll(async () => {
    folder = policyFolder({ remote: REMOTE, advisors: ADVISORS });
    const env = { LLMP_ADMIN_TOKEN: TOKEN, LLMP_POLICIES: folder.path };
    gateway = await startGateway({ bus, users: bus === 'nats', env });
  });
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  async function ask(key: string, blocks: readonly object[], more: object = {}) {
    const response = await fetch(`${gateway.url}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': key, 'content-type': 'application/json' },
      body: JSON.stringify({
        model: MODEL,
        max_tokens: 100,
        messages: [
          { role: 'user', content: 'Hello' },
          ...(blocks.length > 0 ? [{ role: 'system', content: blocks }] : []),
        ],
        ...more,
      }),
    });
    return { status: response.status, text: await response.text(), headers: response.headers };
  }

  it('is subject to policies like one in the list of tools', async () => {
    const { key } = await adminOf(gateway, TOKEN).key(undefined, { policy: 'remote' });
    for (const [title, block] of ADDITIONS) {
      const { status, text } = await ask(key, [block]);
      expect([title, status, text]).toEqual([
        title,
        400,
        expect.stringContaining('policy_blocked'),
      ]);
    }
    const client = defined({ type: 'bash_20250124', name: 'bash' });
    expect((await ask(key, [client])).status).toBe(200);
    expect((await ask(key, [], { container: { skills: [{ skill_id: 'pptx' }] } })).status).toBe(
      400,
    );
  });

  it('may not bring a model that the policy or the key forbids', async () => {
    const byPolicy = await adminOf(gateway, TOKEN).key(undefined, { policy: 'advisors' });
    const byKey = await adminOf(gateway, TOKEN).key(undefined, { models: [MODEL] });
    for (const { key } of [byPolicy, byKey]) {
      expect((await ask(key, [])).status).toBe(200);
      const { status, text } = await ask(key, [defined(ADVISOR)]);
      expect([status, text]).toEqual([400, expect.stringContaining('policy_blocked')]);
    }
  });

  it('may not bring a model without a price where a budget applies', async () => {
    const { key } = await adminOf(gateway, TOKEN).key({ usd_per_day: 5 });
    expect((await ask(key, [defined(ADVISOR)])).status).toBe(200);
    const { status, text } = await ask(key, [defined({ ...ADVISOR, model: 'unheard-of' })]);
    expect([status, text]).toEqual([
      400,
      expect.stringContaining('no price is known for a fallback or advisor model'),
    ]);
    const fallbacks = [{ model: 'unheard-of' }];
    expect((await ask(key, [], { fallbacks })).status).toBe(400);
  });

  it('keeps a response out of the cache, and so does content that stands elsewhere', async () => {
    const { key } = await adminOf(gateway, TOKEN).key(undefined, { cache_for: '10m' });
    const cacheOf = async (blocks: readonly object[], more?: object) =>
      (await ask(key, blocks, more)).headers.get('x-llmp-cache');
    for (const [title, block] of ADDITIONS) {
      expect([title, await cacheOf([block])]).toEqual([title, 'bypass']);
    }
    const document = { type: 'document', source: { type: 'url', url: 'https://x.example/a.pdf' } };
    const content = [{ type: 'tool_result', tool_use_id: 't', content: [document] }];
    expect(await cacheOf([], { messages: [{ role: 'user', content }] })).toBe('bypass');
    expect(await cacheOf([])).toBe('miss');
    expect(await cacheOf([])).toBe('hit');
  });
});
