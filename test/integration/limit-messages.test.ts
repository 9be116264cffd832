// What a request is refused for: each message names the limit, what is configured and what was sent, since
// Claude Code shows nothing else.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminOf } from '../kit/admin.ts';
import { startGateway, type Gateway } from '../kit/gateway.ts';
import { policyFolder, type PolicyFolder } from '../kit/policy-folder.ts';
import { policyOf, words } from '../kit/policies.ts';

const TOKEN = 'admin-token-of-a-test-0123456789abcdef';

const limitPolicy = (bounds: object, more: object = {}) =>
  policyOf([
    { id: 'size', match: { any: [{ type: 'limit', ...bounds }] }, action: 'block', ...more },
  ]);

const POLICIES = {
  output: limitPolicy({ max_output_tokens: 32_000 }),
  input: limitPolicy({ max_input_tokens: 10 }),
  bytes: limitPolicy({ max_body_bytes: 50 }),
  images: limitPolicy({ max_images: 0 }, { message: 'No pictures.' }),
  several: limitPolicy({ max_output_tokens: 5, max_images: 0 }),
  both: policyOf([
    {
      id: 'size',
      match: { all: [{ type: 'limit', max_output_tokens: 7 }, ...words('hello').any] },
      action: 'block',
    },
  ]),
};

const IMAGE = {
  type: 'image',
  source: { type: 'base64', media_type: 'image/png', data: 'AAAA' },
};

interface Case {
  readonly of: string;
  readonly key?: object;
  readonly body?: object;
  /** Requests sent before. */
  readonly before?: number;
  readonly says: RegExp;
}

const CASES: readonly Case[] = [
  {
    of: 'max_output_tokens of a policy',
    key: { policy: 'output' },
    body: { max_tokens: 128_000 },
    says: /\(policy rule size; max_output_tokens is 32000, the request has 128000\)$/,
  },
  {
    of: 'max_input_tokens of a policy',
    key: { policy: 'input' },
    says: /; max_input_tokens is 10, the request has \d\d+\)$/,
  },
  {
    of: 'max_body_bytes of a policy',
    key: { policy: 'bytes' },
    says: /; max_body_bytes is 50, the request has \d\d+\)$/,
  },
  {
    of: 'max_images of a policy',
    key: { policy: 'images' },
    body: { messages: [{ role: 'user', content: [IMAGE] }] },
    says: /^No pictures\. \(policy rule size; max_images is 0, the request has 1\)$/,
  },
  {
    of: 'several bounds at once',
    key: { policy: 'several' },
    body: { messages: [{ role: 'user', content: [IMAGE] }] },
    says: /; max_output_tokens is 5, the request has 100; max_images is 0, the request has 1\)$/,
  },
  {
    of: 'a bound beside words',
    key: { policy: 'both' },
    says: /; max_output_tokens is 7, the request has 100\)$/,
  },
  {
    of: 'the models of a key',
    key: { models: ['model-a', 'model-b'] },
    says: /only these models, .*: model-a, model-b\. The request names claude-opus-5-5\.$/,
  },
  {
    of: 'a budget without a price',
    key: { limits: { usd_per_day: 5 } },
    body: { model: 'unpriced-model' },
    says: /has a budget, and no price is known for this model: unpriced-model\.$/,
  },
  {
    of: 'requests per minute',
    key: { limits: { requests_per_minute: 1 } },
    before: 1,
    says: /^This API key has reached its limit of 1 requests per minute\.$/,
  },
  {
    of: 'input tokens per minute of a team',
    key: { team: 'small' },
    before: 1,
    says: /^This API key's team has reached its limit of 5 input tokens per minute\.$/,
  },
  {
    of: 'the size of a body',
    body: { messages: [{ role: 'user', content: 'x'.repeat(70_000) }] },
    says: /^The request is larger than allowed: its body may have 65536 bytes, and has 7\d{4}\.$/,
  },
  {
    of: 'the values of a body',
    body: { metadata: { list: Array.from({ length: 1_200 }, () => 0) } },
    says: /^body: has more than 1000 values, or more than \d+ levels$/,
  },
];

describe('the message of a refused request names', () => {
  let folder: PolicyFolder;
  let gateway: Gateway;
  beforeAll(async () => {
    folder = policyFolder(POLICIES);
    gateway = await startGateway({
      bus: 'embedded',
      env: {
        LLMP_ADMIN_TOKEN: TOKEN,
        LLMP_POLICIES: folder.path,
        LLMP_BODY_BYTES_MAX: '65536',
      },
      replaced: { limits: { json: { valuesMax: 1_000 } } },
    });
    await adminOf(gateway, TOKEN).post('teams/small', { limits: { input_tokens_per_minute: 5 } });
  });
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  it.each(CASES)('$of', async ({ key: fields = {}, body = {}, before = 0, says }) => {
    const { key } = await adminOf(gateway, TOKEN).key(undefined, fields);
    const send = () =>
      fetch(`${gateway.url}/v1/messages`, {
        method: 'POST',
        headers: { 'x-api-key': key, 'content-type': 'application/json' },
        body: JSON.stringify({
          model: 'claude-opus-5-5',
          max_tokens: 100,
          messages: [{ role: 'user', content: 'hello there, how are you?' }],
          ...body,
        }),
      }).then((response) => response.json() as Promise<{ error?: { message: string } }>);
    for (let count = 0; count < before; count += 1) await send();
    expect((await send()).error?.message).toMatch(says);
  });
});
