// Every policy, rules file, price list and list of upstreams in the README and the documentation is put
// in force, and requests as Claude Code sends them must pass it.

import { globSync, readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { adminOf } from '../kit/admin.ts';
import { requestCases, type RequestCase } from '../kit/corpus.ts';
import { startEchoUpstream } from '../kit/echo-upstream.ts';
import { startFakePresidio } from '../kit/fake-presidio.ts';
import { startGateway, type Gateway } from '../kit/gateway.ts';
import { createLookupModel, LOOKUP_RUNTIME } from '../kit/lookup-model.ts';
import { policyFolder } from '../kit/policy-folder.ts';

const TOKEN = 'admin-token-of-a-test-0123456789abcdef';
const ROOT = new URL('../../', import.meta.url);

/** As recorded: system blocks, tools, 128,000 output tokens, metadata. */
const CLAUDE_CODE = requestCases().filter(({ name }) => name.startsWith('claude-code-'));

/** Fenced YAML, and files that shell commands write. */
const EXAMPLES = globSync(['README.md', 'SECURITY.md', 'docs/**/*.md'], { cwd: ROOT })
  .toSorted()
  .flatMap((page) => {
    const text = readFileSync(new URL(page, ROOT), 'utf8');
    const blocks = [...text.matchAll(/```ya?ml\n(.*?)```|<<'YAML'\n(.*?)\nYAML/gs)];
    return blocks.map(([, fenced, written], at) => ({
      name: `${page}, example ${at + 1}`,
      text: fenced ?? written ?? '',
    }));
  });

const examplesWith = (sign: RegExp) => EXAMPLES.filter(({ text }) => sign.test(text));
const POLICIES = examplesWith(/^rules:/m);
const RULES = examplesWith(/^# scrub-rules/);
const PRICES = examplesWith(/^models:\n/m);
const UPSTREAMS = examplesWith(/^upstreams:/m);

const stack = new AsyncDisposableStack();
afterAll(() => stack.disposeAsync());

async function open(env: Readonly<Record<string, string>>): Promise<Gateway> {
  const all = { LLMP_ADMIN_TOKEN: TOKEN, ...env };
  return stack.use(await startGateway({ bus: 'embedded', env: all }));
}

/** The response to a recorded request, without the headers of its connection. */
async function send(gateway: Gateway, key: string, { path, body, headers }: RequestCase) {
  const sent = new Headers({ 'content-type': 'application/json' });
  for (let at = 0; at < headers.length; at += 2) {
    const [name = '', value = ''] = headers.slice(at, at + 2);
    if (/^(anthropic-|x-app|x-stainless-)/i.test(name)) sent.append(name, value);
  }
  sent.set('x-api-key', key);
  const response = await fetch(gateway.url + path, { method: 'POST', headers: sent, body });
  return { status: response.status, text: await response.text() };
}

/** The recorded requests that do not pass, with what the client is told. */
async function refused(gateway: Gateway, key: string): Promise<string[]> {
  const failed: string[] = [];
  for (const request of CLAUDE_CODE) {
    const { status, text } = await send(gateway, key, request);
    const isPassed = status === 200 && !text.includes('event: error');
    if (!isPassed) failed.push(`${request.name}: ${status} ${text.slice(0, 500)}`);
  }
  return failed;
}

it('the recorded requests and the examples are there', () => {
  expect(CLAUDE_CODE.length).toBeGreaterThan(5);
  const counts = [POLICIES, RULES, PRICES, UPSTREAMS].map(({ length }) => length);
  expect(Math.min(...counts), counts.join()).toBeGreaterThan(0);
  expect(POLICIES.length).toBeGreaterThan(1);
});

describe('requests of Claude Code pass', () => {
  it.each(POLICIES)('the policy in $name', async ({ text }) => {
    using folder = policyFolder({ strict: text });
    await using gateway = await startGateway({
      bus: 'embedded',
      env: { LLMP_ADMIN_TOKEN: TOKEN, LLMP_POLICIES: folder.path },
    });
    const { key } = await adminOf(gateway, TOKEN).key(undefined, { policy: 'strict' });
    expect(await refused(gateway, key)).toEqual([]);
  });

  it('the policy that is shipped', async () => {
    const gateway = await open({});
    expect(await refused(gateway, gateway.key)).toEqual([]);
  });

  it.each(RULES)('the rules in $name', async ({ text }) => {
    await using presidio = await startFakePresidio();
    using model = createLookupModel({ tokens: { ann: 'B-PER' } });
    const rules = text
      .replace(/http:\/\/presidio:\d+/, presidio.url)
      .replace(/folder: \S+/, `folder: ${model.folder}`)
      .replace(/runtime: \S+/, `runtime: ${LOOKUP_RUNTIME}`);
    await using gateway = await startGateway({
      bus: 'embedded',
      env: { LLMP_SCRUB_RULES: rules },
    });
    expect(await refused(gateway, gateway.key)).toEqual([]);
  });

  it.each(PRICES)('a budget at the prices in $name', async ({ text }) => {
    const gateway = await open({ LLMP_PRICES: text });
    const { key } = await adminOf(gateway, TOKEN).key({ usd_per_day: 1_000 });
    expect(await refused(gateway, key)).toEqual([]);
  });

  it.each(UPSTREAMS)('the upstreams in $name', async ({ text }) => {
    await using upstream = await startEchoUpstream();
    const upstreams = text.replaceAll(/https:\/\/\S+/g, upstream.url);
    const gateway = await open({ LLMP_UPSTREAMS: upstreams });
    expect(await refused(gateway, gateway.key)).toEqual([]);
  });
});

describe('the JSON of the documentation', () => {
  const [limits = ''] = /(?<=```json\n)\{ "limits".*?(?=\n```)/s.exec(
    readFileSync(new URL('docs/limits.md', ROOT), 'utf8'),
  ) ?? [''];

  it('sets limits that requests of Claude Code fit', async () => {
    const gateway = await open({});
    const fields = JSON.parse(limits) as { readonly limits: object };
    const { id, key } = await adminOf(gateway, TOKEN).key(fields.limits);
    expect(id).not.toBe('');
    expect(await refused(gateway, key)).toEqual([]);
  });
});
