// Places in a request body that no list of names gives away, seen from outside: numbers, schemas, blocks
// of unknown types, and URLs that the upstream loads.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readResponse, responseEvents, responseBody, type Block } from '../kit/responses.ts';
import { BUSES, startGateway, type Gateway } from '../kit/gateway.ts';
import { startScriptedUpstream, type ScriptedUpstream } from '../kit/scripted-upstream.ts';
import { tokensIn } from '../kit/scrubbing.ts';

const CARD = 4539578763621486;
const ANN = 'ann.lee@corp-mail.org';

const paid = { type: 'tool_use', id: 'toolu_1', name: 'pay', input: { card_number: CARD } };
const user = (...content: unknown[]) => ({ role: 'user', content });
const TURNS = [
  user({ type: 'text', text: 'Pay.' }),
  { role: 'assistant', content: [paid] },
  user({ type: 'tool_result', tool_use_id: 'toolu_1', content: 'failed' }),
];

describe.each(BUSES)('through the %s bus', (bus) => {
  let upstream: ScriptedUpstream;
  let gateway: Gateway;
  beforeAll(async () => {
    // Calls the tool with the first placeholder that the request holds.
    upstream = await startScriptedUpstream(({ body }) => {
      const [token = 'none'] = tokensIn(body.toString());
      const block: Block = {
        type: 'tool_use',
        id: 'toolu_2',
        name: 'pay',
        json: `{"card_number": "${token}", "note": "card ${token}"}`,
      };
      const isStream = body.includes('"stream":true');
      const letters = (words: string) => words.split('');
      return {
        status: 200,
        headers: ['content-type', isStream ? 'text/event-stream' : 'application/json'],
        chunks: isStream
          ? responseEvents([block], letters).map((event) => Buffer.from(event))
          : [Buffer.from(responseBody([block]))],
      };
    });
    gateway = await startGateway({ bus, upstreamUrl: upstream.url });
  });
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    await upstream[Symbol.asyncDispose]();
  });

  async function ask(body: object) {
    const response = await fetch(`${gateway.url}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': gateway.key, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'm', max_tokens: 9, ...body }),
    });
    const text = await response.text();
    const { content } = text.startsWith('event:')
      ? readResponse(text)
      : (JSON.parse(text) as { content: unknown[] });
    const sent = upstream.requests.at(-1)?.body.toString() ?? '';
    return { response, content, sent };
  }

  it.each([false, true])(
    'a number is a placeholder for the upstream and a number for the client (stream: %s)',
    async (stream) => {
      const { content, sent } = await ask({ stream, messages: TURNS });
      expect(sent).not.toContain(String(CARD));
      const input = { card_number: CARD, note: `card ${CARD}` };
      expect(content).toEqual([{ type: 'tool_use', id: 'toolu_2', name: 'pay', input }]);
      // The next turn begins with the bytes of this one.
      const next = await ask({
        stream,
        messages: [...TURNS, { role: 'assistant', content }, user({ type: 'text', text: 'Done?' })],
      });
      expect(next.sent.startsWith(sent.slice(0, sent.lastIndexOf(']')))).toBe(true);
      expect(next.sent).not.toContain(String(CARD));
    },
  );

  it('schemas and unknown blocks are scrubbed, whatever their fields are called', async () => {
    const properties = { pattern: { description: ANN }, required: { enum: [ANN] } };
    const { sent } = await ask({
      tools: [{ name: 'n', input_schema: { type: 'object', properties } }],
      messages: [user({ type: 'hologram', data: ANN, owner_id: ANN, caller: { [ANN]: true } })],
    });
    expect(sent).not.toContain(ANN);
    expect(tokensIn(sent)).toHaveLength(5);
  });

  it('a URL that the upstream loads is unchanged, and reported in a header and the log', async () => {
    const url = `https://files.corp-mail.org/a.png?user=${ANN}`;
    const { response, sent } = await ask({
      mcp_servers: [{ type: 'url', name: 'crm', url, authorization_token: 'opensesame' }],
      messages: [
        user({ type: 'image', source: { type: 'url', url } }, { type: 'text', text: url }),
      ],
    });
    expect(sent.split(url)).toHaveLength(3);
    expect(response.headers.get('x-llmp-scrubbed')).toBe('EMAIL_ADDRESS=1');
    expect(response.headers.get('x-llmp-unscrubbed')).toBe('EMAIL_ADDRESS=2, GENERIC_SECRET=1');
    const id = response.headers.get('request-id');
    await expect
      .poll(() => gateway.logs().find((line) => line['requestId'] === id))
      .toMatchObject({ unscrubbed: { EMAIL_ADDRESS: 2, GENERIC_SECRET: 1 } });
    expect(JSON.stringify(gateway.logs())).not.toMatch(/corp-mail|opensesame/);
  });
});
