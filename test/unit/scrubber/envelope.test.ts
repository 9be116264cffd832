// What an upstream sees besides the body: personal data and secrets are removed from headers, path and
// query, whatever hides them, and everything else passes byte for byte.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createScrubber } from '../../../services/scrubber/scrubber.ts';
import { createKey } from '../../../shared/keys.ts';
import { limits } from '../../../shared/limits.ts';
import { readRules } from '../../../shared/privacy/rules.ts';
import { EMPTY_VAULT, type Vault } from '../../../shared/privacy/vault.ts';
import type { Envelope } from '../../../shared/protocol/messages.ts';
import { systemClock } from '../../../shared/runtime/clock.ts';
import { checkProperty } from '../../kit/properties.ts';
import { requestMessage } from '../../kit/request-messages.ts';
import { collectVault, SCANNER } from '../../kit/scrubbing.ts';
import { confirm } from '../../kit/permits.ts';

const ANN = 'ann.lee@corp-mail.org';
const EMAIL = '[REDACTED_EMAIL_ADDRESS]';
const EMAIL_IN_URL = '%5BREDACTED_EMAIL_ADDRESS%5D';

interface Scrubbed {
  readonly path: string;
  readonly headers: readonly string[];
  readonly vault: Vault;
  readonly refusal: string | undefined;
}

async function scrub(
  meta: Partial<Envelope>,
  { body = '{"model":"m"}', rules = 'version: 1' } = {},
): Promise<Scrubbed> {
  const stage = createScrubber({
    scanner: SCANNER,
    rules: readRules(rules),
    masterKey: Buffer.alloc(32, 7),
    clock: systemClock,
    limits,
  });
  let vault: Vault = EMPTY_VAULT;
  const sendVault = collectVault((collected) => (vault = collected));
  const message = requestMessage(meta, Buffer.from(body));
  const outcome = await stage(message, {
    signal: new AbortController().signal,
    confirm,
    sendVault,
  });
  const { path, headers } =
    outcome.kind === 'pass' ? { ...message.meta, ...outcome.envelope } : { path: '', headers: [] };
  const refusal = outcome.kind === 'refuse' ? outcome.error.code : undefined;
  return { path, headers, vault, refusal };
}

const scrubHeader = async (name: string, value: string, options = {}) =>
  (await scrub({ headers: [name, value] }, options)).headers;

const base64 = (text: string) => Buffer.from(text).toString('base64');
const asLatin1 = (text: string) => Buffer.from(text).toString('latin1');

describe('a header value', () => {
  it.each([
    ['a mail address', `from ${ANN}, today`, `from ${EMAIL}, today`],
    ['two of them', `${ANN},bob@corp-mail.org`, `${EMAIL},${EMAIL}`],
    ['JSON', `{"mail":"${ANN}","n":1}`, `{"mail":"${EMAIL}","n":1}`],
    ['UTF-8 around it', asLatin1(`zoë ${ANN}`), asLatin1(`zoë ${EMAIL}`)],
    ['a card number', '4111 1111 1111 1111', '[REDACTED_CREDIT_CARD]'],
    ['a phone number', 'call +1 212 555 0187', 'call [REDACTED_PHONE_NUMBER]'],
    ['percent-encoding', 'mail=ann.lee%40corp-mail.org', `mail=${EMAIL}`],
    ['percent-encoding, twice', 'mail=ann.lee%2540corp-mail.org', `mail=${EMAIL}`],
    ['a JSON escape', '{"mail":"ann.lee\\u0040corp-mail.org"}', `{"mail":"${EMAIL}"}`],
    ['base64', base64(`{"mail":"${ANN}"}`), EMAIL],
    ['base64 of base64', base64(base64(ANN)), EMAIL],
    ['a quoted MIME word', '=?utf-8?q?ann.lee=40corp-mail.org?=', EMAIL],
    ['a base64 MIME word', `=?utf-8?B?${base64(`mail <${ANN}>`)}?=`, EMAIL],
    [
      'an extended parameter',
      "filename*=UTF-8''ann.lee%40corp-mail.org",
      `filename*=UTF-8''${EMAIL}`,
    ],
    ['a character reference', 'ann.lee&#64;corp-mail.org', EMAIL],
    ['full-width letters in UTF-8', asLatin1('ａｎｎ.lee@corp-mail.org'), EMAIL],
  ])('with %s loses it for good', async (_, value, expected) => {
    expect(await scrubHeader('X-Note', value)).toEqual(['X-Note', expected]);
  });

  it('with a gateway key loses it', async () => {
    expect(await scrubHeader('x-note', `key ${createKey()}`)).toEqual([
      'x-note',
      'key [REDACTED_LLMP_KEY]',
    ]);
  });

  it('loses what only the body gives away', async () => {
    const body = JSON.stringify({ text: 'password = "hUnter2-Moon77"' });
    expect(await scrubHeader('x-note', 'hUnter2-Moon77', { body })).toEqual([
      'x-note',
      '[REDACTED_GENERIC_SECRET]',
    ]);
  });

  it('takes its header with it if the name itself says too much', async () => {
    const headers = ['4111111111111111', 'x', 'x-kept', '1'];
    expect((await scrub({ headers })).headers).toEqual(['x-kept', '1']);
  });

  it('keeps its place, and what is repeated is searched each time', async () => {
    const headers = ['X-A', '1', 'x-note', ANN, 'X-Note', 'ok', 'x-note', ANN, 'x-z', ''];
    expect((await scrub({ headers })).headers).toEqual(
      headers.map((part) => (part === ANN ? EMAIL : part)),
    );
  });

  it.each([
    ['anthropic-beta', 'context-1m-2025-08-07,  unknown-beta-2031-01-01 '],
    ['Anthropic-Version', '2026-10-21'],
    ['X-Stainless-Package-Version', '10.20.30.40'],
    ['User-Agent', 'claude-cli/2.1.330 (external, sdk-cli) 8.1.9.20'],
    ['accept', '*/*'],
    ['Content-Type', 'application/json; charset=utf-8'],
    ['traceparent', '00-0af7651916cd43dd8448eb211c80319c-4111111111111111-01'],
    ['tracestate', 'congo=t61rcWkgMzE,rojo=00f067aa0ba902b7'],
    ['baggage', 'tenant=blue,deployment.environment=test;propagation=all'],
    ['x-claude-code-session-id', '6f1f3a52-5b0e-4b8c-9d61-0a1f6c7e2b11'],
    ['idempotency-key', 'stainless-node-retry-6f1f3a52-5b0e-4b8c-9d61-0a1f6c7e2b11'],
    ['x-request-id', '8f14e45fceea167a5a36dedd4bea2543'],
    ['x-quoted', '"a, b"; c="d\\"e"'],
    ['x-latin', 'caf\xe9'],
    ['x-punctuation_and.dots~', "!#$%&'*+-.^_`|~"],
    ['x-empty', ''],
  ])('of %s passes byte for byte: %s', async (name, value) => {
    expect(await scrubHeader(name, value)).toEqual([name, value]);
  });
});

describe('a path', () => {
  it.each([
    [`/v1/messages?user=${ANN}`, `/v1/messages?user=${EMAIL_IN_URL}`],
    [
      '/v1/messages?user=ann.lee%40corp-mail.org&beta=true',
      `/v1/messages?user=${EMAIL_IN_URL}&beta=true`,
    ],
    [`/v1/messages?beta=true&${ANN}`, `/v1/messages?beta=true&${EMAIL_IN_URL}`],
    [`/v1/messages?${ANN}=1&q=%20a+b`, `/v1/messages?${EMAIL_IN_URL}=1&q=%20a+b`],
    ['/v1/messages?u=ann.lee%2540corp-mail.org', `/v1/messages?u=${EMAIL_IN_URL}`],
    [`/v1/messages?u=${base64(ANN)}`, `/v1/messages?u=${EMAIL_IN_URL}`],
    [`/v1/messages?beta=true#${ANN}`, `/v1/messages?beta=true#${EMAIL_IN_URL}`],
    [`/v1/messages?a=1;b=${ANN}`, `/v1/messages?a=1;b=${EMAIL_IN_URL}`],
    ['/v1/messages?card=4111+1111+1111+1111', '/v1/messages?card=%5BREDACTED_CREDIT_CARD%5D'],
    [`/v1/models/${ANN}`, `/v1/models/${EMAIL_IN_URL}`],
    ['/v1/models/ann.lee%40corp-mail.org?limit=5', `/v1/models/${EMAIL_IN_URL}?limit=5`],
  ])('%s becomes %s', async (path, expected) => {
    expect((await scrub({ path })).path).toBe(expected);
    expect((await scrub({ path, method: 'GET' }, { body: '' })).path).toBe(expected);
  });

  it.each([
    '/v1/messages?beta=true',
    '/v1/messages?',
    '/v1/messages?%&%zz=%e9&&a==b&=c',
    '/v1/models?after_id=claude-opus-5-5&limit=1000',
    '/v1/models/anthropic%2Fclaude-opus-5.5',
    '/v1/messages?q=a+b%20c#f;g?h',
  ])('%s passes byte for byte', async (path) => {
    expect((await scrub({ path })).path).toBe(path);
  });
});

describe('the rules', () => {
  const headers = ['x-note', `${ANN} 4111111111111111`];
  const path = `/v1/messages?user=${ANN}`;

  it('let pass what they allow', async () => {
    const rules = 'version: 1\nentities: { EMAIL_ADDRESS: allow }';
    expect(await scrub({ headers, path }, { rules })).toMatchObject({
      headers: ['x-note', `${ANN} [REDACTED_CREDIT_CARD]`],
      path,
    });
  });

  it.each([{ headers }, { path: '/v1/messages?c=4111111111111111' }])(
    'refuse a request with what they block',
    async (meta) => {
      const rules = 'version: 1\nentities: { CREDIT_CARD: block }';
      expect((await scrub(meta, { rules })).refusal).toBe('policy_blocked');
    },
  );

  it('count what was removed, and keep no value of it', async () => {
    const { vault } = await scrub({ headers, path });
    expect(vault).toEqual({
      ...EMPTY_VAULT,
      counts: { EMAIL_ADDRESS: 2, CREDIT_CARD: 1 },
    });
  });
});

const HIDINGS: readonly ((value: string) => string)[] = [
  (value) => value,
  (value) => encodeURIComponent(value),
  (value) => encodeURIComponent(encodeURIComponent(value)),
  (value) => base64(`user:${value}`),
  (value) => Buffer.from(`{"sub":"${value}"}`).toString('base64url'),
  (value) => value.replace('@', '\\u0040'),
  (value) => value.replace('@', '&#x40;'),
];

it('no mail address survives in any place and any encoding', async () => {
  const user = fc.stringMatching(/^[a-z]{3,9}[0-9]{1,3}$/);
  const hiding = fc.constantFrom(...HIDINGS);
  const around = fc.constantFrom('', ' ', 'to=', '"', '{"a":"', ', ');
  await checkProperty(
    fc.asyncProperty(user, hiding, around, around, async (name, hide, before, after) => {
      const mail = `${name}@corp-mail.org`;
      const value = `${before}${hide(mail)}${after === '' ? '' : ` ${after}`}`;
      const { headers, path, vault } = await scrub({
        headers: ['x-note', value],
        path: `/v1/models/${encodeURIComponent(value)}?q=${encodeURIComponent(value)}`,
      });
      const seen = `${headers.join('\n')}\n${path}`;
      expect(HIDINGS.filter((form) => seen.includes(form(mail)))).toEqual([]);
      expect(seen).not.toContain(name);
      expect(vault.counts).toEqual({ EMAIL_ADDRESS: 3 });
    }),
  );
});

it('headers and paths without findings pass byte for byte', async () => {
  const name = fc.stringMatching(/^[Xx]-[A-Za-z]{1,9}$/);
  const value = fc.stringMatching(/^[a-z,;=" %{}+&#-]{0,30}$/);
  await checkProperty(
    fc.asyncProperty(fc.array(fc.tuple(name, value)), value, async (pairs, query) => {
      const headers = pairs.flat();
      const path = `/v1/messages?${query}`;
      expect(await scrub({ headers, path })).toMatchObject({ headers, path, vault: EMPTY_VAULT });
    }),
  );
});
