// A response may break off at any byte. Its client gets whole values and an error, and never the start
// of a placeholder.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { responseBody, responseEvents, type Block } from '../kit/responses.ts';
import { startGateway, type Gateway } from '../kit/gateway.ts';
import { sendRaw, type RawResponse } from '../kit/raw-client.ts';
import { startScriptedUpstream, type ScriptedUpstream } from '../kit/scripted-upstream.ts';

const ANN = 'ann.lee@corp-mail.org';
const TOKEN = /PII_[A-Z]{2,12}_[a-z2-7]{8}/;
const PARALLEL = 32;

let upstream: ScriptedUpstream;
let gateway: Gateway;
/** What the upstream sends for the placeholder of the address. */
let responseTo: (token: string) => Buffer;
let type: string;

beforeAll(async () => {
  upstream = await startScriptedUpstream(({ rawHeaders, body }) => {
    const [token = ''] = TOKEN.exec(body.toString()) ?? [];
    const cut = Number(rawHeaders[rawHeaders.indexOf('x-cut') + 1]);
    const bytes = responseTo(token).subarray(0, cut);
    return { status: 200, headers: ['content-type', type], chunks: [bytes, 'cut'] };
  });
  gateway = await startGateway({ bus: 'embedded', upstreamUrl: upstream.url });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

async function ask(cut: number): Promise<RawResponse> {
  const messages = [{ role: 'user', content: `Write to ${ANN}.` }];
  return await sendRaw(gateway.url, {
    method: 'POST',
    path: '/v1/messages',
    headers: ['content-type', 'application/json', 'x-api-key', gateway.key, 'x-cut', String(cut)],
    body: Buffer.from(
      JSON.stringify({ model: 'm', max_tokens: 9, stream: type !== 'application/json', messages }),
    ),
  });
}

/** The response to each cut from the second `from` on; a stream without content is tried again. */
async function cutEverywhere(from: string): Promise<RawResponse[]> {
  await ask(Infinity);
  const token = TOKEN.exec(upstream.requests.at(-1)?.body.toString() ?? '')?.[0] ?? '';
  const bytes = responseTo(token);
  const start = bytes.indexOf(from, bytes.indexOf(from) + 1);
  const cuts = Array.from({ length: bytes.length - start + 1 }, (_, index) => start + index);
  const responses: RawResponse[] = [];
  for (let at = 0; at < cuts.length; at += PARALLEL) {
    responses.push(...(await Promise.all(cuts.slice(at, at + PARALLEL).map(ask))));
  }
  return responses;
}

/** The text of all deltas of a block. */
function shown({ body }: RawResponse): string {
  const events = body.toString().matchAll(/^data: (.*)$/gm);
  return Array.from(events, ([, data = '']) => {
    const { delta = {} } = JSON.parse(data) as { delta?: Record<string, string> };
    return delta['text'] ?? delta['partial_json'] ?? '';
  }).join('');
}

describe('a response that breaks off anywhere', () => {
  it.each<[what: string, block: (token: string) => Block, whole: string]>([
    ['text', (token) => ({ type: 'text', text: `To ${token}.` }), `To ${ANN}.`],
    [
      'a tool input',
      (token) => ({ type: 'tool_use', id: 'toolu_1', name: 'send', json: `{"to":"${token}"}` }),
      `{"to":"${ANN}"}`,
    ],
  ])('shows %s up to its last whole value', async (_, block, whole) => {
    type = 'text/event-stream';
    const cutting = (text: string) => text.match(/.{1,9}/g) ?? [];
    responseTo = (token) => Buffer.from(responseEvents([block(token)], cutting).join(''));
    const responses = await cutEverywhere('event: content_block_delta');
    const texts = new Set<string>();
    for (const [index, response] of responses.entries()) {
      const text = shown(response);
      texts.add(text);
      expect(whole.startsWith(text), `${text} at ${index}`).toBe(true);
      const isWhole = response.body.toString().includes('message_stop');
      expect(isWhole || /"type":"error"/.test(response.body.toString())).toBe(true);
    }
    expect(texts).toContain(whole);
    expect(texts).toContain(whole.slice(0, whole.indexOf(ANN)));
  });

  it('is an error if it is buffered', async () => {
    type = 'application/json';
    responseTo = (token) => Buffer.from(responseBody([{ type: 'text', text: `To ${token}.` }]));
    for (const { status, body } of await cutEverywhere('"')) {
      expect(body.toString()).not.toMatch(/PII/);
      expect(status === 502 || body.includes(ANN)).toBe(true);
    }
  });
});
