// JSON numbers that identify somebody become placeholders, and numbers again on the way back.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { restoreBuffered } from '../../../services/ingress/restore/restore-response.ts';
import { readRules } from '../../../shared/privacy/rules.ts';
import { checkProperty } from '../../kit/properties.ts';
import { scrubbing, tokensIn } from '../../kit/scrubbing.ts';
import { recordOf } from '../../kit/vaults.ts';

const CARD = '4539578763621486';

/** A request with JSON text in each place where JSON may have any form. */
const PLACES: Readonly<Record<string, (json: string) => string>> = {
  'a tool input': (json) =>
    `{"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"toolu_1","name":"n","input":${json}}]}]}`,
  'an input of a server tool': (json) =>
    `{"messages":[{"role":"assistant","content":[{"type":"server_tool_use","id":"srvtoolu_1","name":"n","input":${json}}]}]}`,
  'an example of a tool input': (json) =>
    `{"tools":[{"name":"n","input_schema":{},"input_examples":[${json}]}]}`,
  'a default value': (json) =>
    `{"tools":[{"name":"n","input_schema":{"properties":{"a":{"default":${json}}}}}]}`,
  'an unknown block': (json) =>
    `{"messages":[{"role":"user","content":[{"type":"hologram","layer":${json}}]}]}`,
  'an unknown block of a tool result': (json) =>
    `{"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","content":[{"type":"hologram","a":${json}}]}]}]}`,
  'an unknown field of a known block': (json) =>
    `{"messages":[{"role":"user","content":[{"type":"text","text":"a","extra":${json}}]}]}`,
  'an unknown field of the request': (json) => `{"messages":[],"new_field":${json}}`,
  metadata: (json) => `{"messages":[],"metadata":${json}}`,
};

describe.each(Object.entries(PLACES))('a number in %s', (_place, request) => {
  it.each([
    [`{"card_number":${CARD}}`, '{"card_number":"<CARD>"}', CARD],
    [`{"card_number":${CARD}.0}`, '{"card_number":"<CARD>"}', CARD],
    ['{"card_number":4.539578763621486e15}', '{"card_number":"<CARD>"}', CARD],
    [`{"card_number":-${CARD}}`, '{"card_number":"<CARD>"}', `-${CARD}`],
    [`{"cards":[1,${CARD},true]}`, '{"cards":[1,"<CARD>",true]}', CARD],
    ['{"ssn":123456789}', '{"ssn":"<SSN>"}', '123456789'],
    ['{"customerSsn" : 123456789 }', '{"customerSsn" : "<SSN>" }', '123456789'],
    ['{"ssns":[[123456789]]}', '{"ssns":[["<SSN>"]]}', '123456789'],
    ['{"phone":4155552671}', '{"phone":"<PHONE>"}', '4155552671'],
    [
      '{"phone":{"home":{"value":4155552671}}}',
      '{"phone":{"home":{"value":"<PHONE>"}}}',
      '4155552671',
    ],
    ['{"cvv":123}', '{"cvv":"<CODE>"}', '123'],
  ])('is replaced: %s', async (json, expected, value) => {
    const { text, vault } = await scrubbing()(request(json));
    const [token = ''] = tokensIn(text);
    expect(text).toBe(request(expected.replace(/<[A-Z]+>/, token)));
    expect(token).toContain(/<([A-Z]+)>/.exec(expected)?.[1]);
    expect(recordOf(vault?.values)).toEqual({ [token]: value });
    expect(vault).toMatchObject({ numbers: [token] });
  });

  it.each([
    '{"amount":4155552671}',
    '{"ssn":true,"phone":null}',
    '{"latitude":52.520008,"timestamp":1764400000000}',
    '{"ids":[12345678901234567890,1e400,0,-0.0]}',
  ])('passes unchanged: %s', async (json) => {
    expect((await scrubbing()(request(json))).text).toBe(request(json));
  });
});

describe('a string in a tool input', () => {
  const request = PLACES['a tool input'] ?? String;

  it.each([
    ['{"ssn":"123456789"}', '123456789'],
    ['{"password":"Harbour!2291x"}', 'Harbour!2291x'],
    ['{"phone":{"home":"4155552671"}}', '4155552671'],
  ])('is judged with its key: %s', async (json, value) => {
    const { text, vault } = await scrubbing()(request(json));
    expect(text).toBe(request(json.replace(value, tokensIn(text)[0] ?? '')));
    expect(vault.numbers).toBeUndefined();
  });

  it('that is a text of its own is not', async () => {
    const json = `{"phone":"${'Nothing to see here. '.repeat(20)}4155552671"}`;
    expect((await scrubbing()(request(json))).text).toBe(request(json));
  });
});

describe('numbers', () => {
  const request = PLACES['a tool input'] ?? String;

  it('of the protocol are left', async () => {
    const body = JSON.stringify({
      model: 'm',
      max_tokens: 4539578763621486,
      temperature: 4539578763621486,
      top_k: 4539578763621486,
      thinking: { type: 'enabled', budget_tokens: 4539578763621486 },
      output_config: { task_budget: { type: 'tokens', total: 4539578763621486 } },
      tools: [
        { type: 'web_search_20250305', name: 'web_search', max_uses: 4539578763621486 },
        { type: 'computer_20250124', name: 'computer', display_width_px: 4539578763621486 },
      ],
      context_management: {
        edits: [
          {
            type: 'clear_tool_uses_20250919',
            trigger: { type: 'input_tokens', value: 4539578763621486 },
          },
        ],
      },
      messages: [
        {
          role: 'assistant',
          content: [
            {
              type: 'text',
              text: 'a',
              citations: [
                { type: 'page_location', document_index: 0, start_page_number: 4539578763621486 },
              ],
            },
            { type: 'code_execution_result', stdout: '', return_code: 4539578763621486 },
          ],
        },
      ],
    });
    expect((await scrubbing()(body)).text).toBe(body);
  });

  it('have the placeholder of the same value in text', async () => {
    const body = `{"system":"card ${CARD}",${request(`{"a":${CARD}}`).slice(1)}`;
    const { text, vault } = await scrubbing()(body);
    const [first, second] = tokensIn(text);
    expect(second).toBe(first);
    expect(vault.numbers).toEqual([first]);
  });

  it('are found without their key once it has revealed them', async () => {
    const { text } = await scrubbing()(request('{"ssn":123456789,"n":[123456789,-123456789]}'));
    expect(text).not.toContain('123456789');
    expect(tokensIn(text)).toHaveLength(3);
  });

  it('that are strings as well are restored as strings', async () => {
    const { vault } = await scrubbing()(request(`{"a":${CARD},"b":"${CARD}"}`));
    expect(vault.numbers).toBeUndefined();
  });

  it('are redacted as strings, and block requests, as the rules say', async () => {
    const redacting = scrubbing({ rules: readRules('{version: 1, default: redact}') });
    const { text, vault } = await redacting(request(`{"card":${CARD}}`));
    expect(text).toBe(request('{"card":"[REDACTED_CREDIT_CARD]"}'));
    expect(vault.numbers).toBeUndefined();
    const blocking = scrubbing({
      rules: readRules('{version: 1, entities: {CREDIT_CARD: block}}'),
    });
    await expect(blocking(request(`{"card":${CARD}}`))).rejects.toThrow('refuse');
  });

  it('come back as numbers, and scrub to what the model wrote', async () => {
    const scrub = scrubbing();
    const values = fc.constantFrom(CARD, `-${CARD}`, '4111111111111111', '5555555555554444');
    const key = fc.stringMatching(/^[a-z]{1,6}$/);
    const input = fc.uniqueArray(fc.tuple(key, values), {
      minLength: 1,
      maxLength: 5,
      selector: ([name]) => name,
    });
    await checkProperty(
      fc.asyncProperty(input, async (pairs) => {
        const sent = request(`{${pairs.map(([name, value]) => `"${name}":${value}`).join(',')}}`);
        const { text, vault } = await scrub(sent);
        expect(text).not.toMatch(/\d{16}/);
        const { messages } = JSON.parse(text) as { messages: { content: unknown[] }[] };
        const answer = JSON.stringify({ type: 'message', content: messages[0]?.content });
        const back = Buffer.from(restoreBuffered(Buffer.from(answer), vault)).toString();
        const content = back.slice(back.indexOf('['), -1);
        const again = `{"messages":[{"role":"assistant","content":${content}}]}`;
        expect(again).toBe(sent);
        expect((await scrub(again)).text).toBe(text);
      }),
    );
  });
});

describe('numbers: block in the rules', () => {
  const blocking = scrubbing({ rules: readRules('{version: 1, numbers: block}') });

  it.each(Object.entries(PLACES))('refuses a number in %s', async (_place, request) => {
    await expect(blocking(request(`{"card_number":${CARD}}`))).rejects.toThrow(/refuse/);
    await expect(blocking(request(`{"ssn":123456789}`))).rejects.toThrow(/refuse/);
  });

  it.each(Object.entries(PLACES))('replaces the same value in text in %s', async (_, request) => {
    const { text } = await blocking(request(`{"card_number":"${CARD}","amount":17}`));
    expect(text).toBe(request(`{"card_number":"${tokensIn(text)[0]}","amount":17}`));
  });

  it('lets numbers pass that the rules allow, and can differ for a key', async () => {
    const rules = readRules(
      '{version: 1, numbers: block, entities: {CREDIT_CARD: allow}, keys: {lenient: {numbers: replace}}}',
    );
    const scrub = scrubbing({ rules });
    const request = `{"metadata":{"card_number":${CARD}}}`;
    expect((await scrub(request)).text).toBe(request);
    const ssn = '{"metadata":{"ssn":123456789}}';
    await expect(scrub(ssn)).rejects.toThrow(/refuse/);
    expect(tokensIn((await scrub(ssn, 'lenient')).text)).toHaveLength(1);
  });
});
