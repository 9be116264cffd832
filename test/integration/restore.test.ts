// Restoring placeholders in buffered and streamed responses, on every bus. The scrubber of these
// tests replaces one address.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ScrubberContext, Stage } from '../../shared/protocol/stage.ts';
import { EMPTY_VAULT } from '../../shared/privacy/vault.ts';
import { responseEvents, readResponse, responseBody, type Block } from '../kit/responses.ts';
import { cut } from '../kit/event-texts.ts';
import { BUSES, startGateway, type Gateway } from '../kit/gateway.ts';
import { sendRaw, type RawResponse } from '../kit/raw-client.ts';
import {
  startScriptedUpstream,
  type ResponseStep,
  type ScriptedResponse,
  type ScriptedUpstream,
} from '../kit/scripted-upstream.ts';
import { EMAIL, VALUES } from '../kit/placeholders.ts';
import { encodeVault } from '../kit/vaults.ts';

const ANN = VALUES[EMAIL] ?? '';
const DAMAGED = 'a request whose vault is damaged';
const STREAM = ['content-type', 'text/event-stream'];
const JSON_TYPE = ['content-type', 'application/json'];

const scrubber: Stage<ScrubberContext> = async ({ body }, { signal, sendVault }) => {
  const text = Buffer.from((await body.read(signal)).bytes).toString();
  if (text.includes(DAMAGED)) sendVault(Buffer.from(`{"values":{"${EMAIL}":"${ANN}"`));
  const starts = Array.from(text.matchAll(new RegExp(ANN, 'g')), ({ index }) => index);
  if (starts.length === 0) return { kind: 'pass' };
  const counts = { URL: 3, EMAIL_ADDRESS: starts.length };
  sendVault(encodeVault({ ...EMPTY_VAULT, values: { [EMAIL]: ANN }, counts }));
  const edits = starts.map((start) => ({ start, end: start + ANN.length, text: EMAIL }));
  return { kind: 'pass', edits };
};

const BLOCKS: readonly Block[] = [
  { type: 'thinking', thinking: `The address is ${EMAIL}.`, signature: 'Ep==' },
  { type: 'text', text: `I write to ${EMAIL} now, PII_EMAIL_7k3` },
  { type: 'tool_use', id: 'toolu_1', name: 'send', json: `{"${EMAIL}":["to ${EMAIL}"]}` },
];
const RESTORED = [
  BLOCKS[0],
  { type: 'text', text: `I write to ${ANN} now, PII_EMAIL_7k3` },
  { type: 'tool_use', id: 'toolu_1', name: 'send', input: { [ANN]: [`to ${ANN}`] } },
];

describe.each(BUSES)('restoring through the %s bus', (bus) => {
  let upstream: ScriptedUpstream;
  let gateway: Gateway;
  let reply: ScriptedResponse;
  beforeAll(async () => {
    upstream = await startScriptedUpstream(() => reply);
    const replaced = { stages: { scrubber } };
    gateway = await startGateway({ bus, upstreamUrl: upstream.url, replaced });
  });
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    await upstream[Symbol.asyncDispose]();
  });

  /** Sends `words`; the upstream responds with these steps. */
  async function ask(
    headers: readonly string[],
    chunks: readonly ResponseStep[],
    { words = `Write to ${ANN}.`, status = 200 } = {},
  ): Promise<RawResponse> {
    reply = { status, headers, chunks };
    const messages = [{ role: 'user', content: words }];
    const stream = headers === STREAM;
    return await sendRaw(gateway.url, {
      method: 'POST',
      path: '/v1/messages',
      headers: [...JSON_TYPE, 'x-api-key', gateway.key],
      body: Buffer.from(JSON.stringify({ model: 'm', max_tokens: 9, stream, messages })),
    });
  }

  const header = ({ rawHeaders }: RawResponse, name: string) =>
    rawHeaders[rawHeaders.findIndex((part) => part.toLowerCase() === name) + 1];
  const scrubbed = (seen: RawResponse) =>
    seen.rawHeaders.includes('x-llmp-scrubbed') ? header(seen, 'x-llmp-scrubbed') : undefined;

  it('restores values in the response, and counts them in a header', async () => {
    const seen = await ask(JSON_TYPE, [Buffer.from(responseBody(BLOCKS))]);
    expect(JSON.parse(seen.body.toString())).toMatchObject({ content: RESTORED });
    expect(header(seen, 'content-length')).toBe(String(seen.body.length));
    expect(scrubbed(seen)).toBe('EMAIL_ADDRESS=1, URL=3');
    const sent = upstream.requests.at(-1)?.body.toString();
    expect(sent).toContain(`Write to ${EMAIL}.`);
    expect(sent).not.toContain(ANN);
  });

  it('restores values in a stream, however it is chunked', async () => {
    const events = Buffer.from(responseEvents(BLOCKS, (words) => words.split('')).join(''));
    const seen = await ask(STREAM, cut(events, [100, 1_000, 1_001, 2_345]));
    expect(readResponse(seen.body.toString()).content).toEqual(RESTORED);
    expect(scrubbed(seen)).toBe('EMAIL_ADDRESS=1, URL=3');
    expect(seen.end).toBe('clean');
  });

  it('restores values in an event larger than a chunk', async () => {
    const text = (value: string): Block => ({
      type: 'text',
      text: `${'é'.repeat(150_000)}${value}${'x'.repeat(150_000)}${value}`,
    });
    const seen = await ask(STREAM, [Buffer.from(responseEvents([text(EMAIL)]).join(''))]);
    const { content } = readResponse(seen.body.toString());
    expect(JSON.stringify(content) === JSON.stringify([text(ANN)])).toBe(true);
  });

  it('restores values in an error', async () => {
    const error = (words: string) => `{"type":"error","error":{"type":"x","message":"${words}"}}`;
    const seen = await ask(JSON_TYPE, [Buffer.from(error(EMAIL))], { status: 400 });
    expect(seen.status).toBe(400);
    expect(seen.body.toString()).toBe(error(ANN));
  });

  it('sends no start of a placeholder before the error of an interrupted stream', async () => {
    const events = responseEvents([{ type: 'text', text: 'to PII_EM' }]).slice(0, 4);
    const bytes = Buffer.from(`${events.join('')}event: content_block_delta\ndata: {"half`);
    const seen = await ask(STREAM, [bytes, 'cut']);
    expect(seen.body.toString()).toMatch(/"to "\}\}\n\nevent: error\ndata: /);
    expect(seen.end).toBe('clean');
  });

  it('leaves a response unchanged if nothing was replaced, even foreign tokens', async () => {
    const bytes = Buffer.from(responseBody(BLOCKS));
    const seen = await ask(JSON_TYPE, [bytes], { words: 'Hello.' });
    expect(seen.body.equals(bytes)).toBe(true);
    expect(scrubbed(seen)).toBeUndefined();
  });

  it('fails a request whose vault is damaged', async () => {
    const bytes = Buffer.from(responseBody(BLOCKS));
    const seen = await ask(JSON_TYPE, [bytes], { words: DAMAGED });
    expect(seen.status).toBe(500);
    expect(seen.body.toString()).toContain('"error_code":"internal"');
  });

  it('logs the number of values by entity, and no values', async () => {
    const seen = await ask(JSON_TYPE, [Buffer.from(responseBody(BLOCKS))]);
    const id = header(seen, 'request-id');
    await expect
      .poll(() => gateway.logs().filter((line) => line['requestId'] === id))
      .toMatchObject([{ scrubbed: { EMAIL_ADDRESS: 1, URL: 3 } }]);
    const log = JSON.stringify(gateway.logs());
    expect(log).not.toContain(ANN);
    expect(log).not.toContain(EMAIL);
  });
});
