// However a response is cut into deltas and chunks, its restored stream equals the restored buffered
// response.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  restoreBuffered,
  restoring,
} from '../../../../services/ingress/restore/restore-response.ts';
import { StreamSource } from '../../../../shared/anthropic/sse/event-source.ts';
import { EMPTY_VAULT, type Vault } from '../../../../shared/privacy/vault.ts';
import {
  responseEvents,
  cutAt,
  readResponse,
  responseBody,
  type Block,
  type Cutting,
} from '../../../kit/responses.ts';
import { cut, cutEverywhere, cutPlaces } from '../../../kit/event-texts.ts';
import * as tokens from '../../../kit/placeholders.ts';
import { checkProperty } from '../../../kit/properties.ts';
import { issued } from '../../../kit/vaults.ts';

const { EMAIL, EMPTY, HALF, LONGEST, LOOP, NAME, SECRET, SHORTEST, UNKNOWN, VALUES } = tokens;
const VAULT: Vault = { ...EMPTY_VAULT, values: issued(VALUES), documents: { 0: [[3, 18, 23]] } };

const text = (words: string) => ({ type: 'text', text: words }) as const;
const tool = (json: string): Block => ({ type: 'tool_use', id: 'toolu_1', name: 'send', json });

const CITATION = {
  type: 'char_location',
  cited_text: `to ${EMAIL}`,
  document_index: 0,
  document_title: NAME,
  start_char_index: 0,
  end_char_index: 21,
};

const RESPONSES: Readonly<Record<string, readonly Block[]>> = {
  'a token in text': [text(`Hi ${EMAIL}, bye`)],
  'adjacent tokens': [text(`${EMAIL}${NAME}${SHORTEST}`)],
  'tokens between letters': [text(`PPII${LONGEST}aPII_${EMAIL}PII_A`)],
  'truncated and made-up tokens': [text(`PII_EMAIL_7k3 ${UNKNOWN}PII_EMAIL_7k3qx5t`)],
  'a token after a truncated one': [text(`PII_EMAIL_7k3qx5t${EMAIL}`)],
  'values that look like tokens': [text(`${LOOP} ${HALF}7k3qx5ta ${EMPTY}${SECRET}`)],
  'text that ends with the start of a token': [text('PII'), text(`PII_EMAIL_7k3`)],
  'a single token with an empty value': [text(EMPTY)],
  'text without tokens': [text('Pick PIN "P" \\ PII 😀 é')],
  'a tool input': [tool(`{"to":"${EMAIL}","n":[1.0,"${NAME}"]}`)],
  'a tool input with tokens in keys': [tool(`{"${EMAIL}":{"${LONGEST}":"x"}}`)],
  'a tool input with escapes': [
    tool(`{"a":"\\n${EMAIL}\\n\\"${NAME}\\"\\\\${SECRET}\\\\\\u0041${EMAIL}\\u20ac\\/"}`),
  ],
  'a tool input with escaped tokens': [
    tool('{"a":"\\u0050II\\u005FEMAIL_7k3qx5t\\u0061\\\\u0050II_","b":"PII_\\u00e9"}'),
  ],
  'several blocks': [
    { type: 'thinking', thinking: `Write to ${EMAIL}.`, signature: `Ep${EMAIL}` },
    { ...text(`See PII_E${EMAIL}P`), citations: [CITATION, { ...CITATION, type: 'other' }] },
    tool(`{"q":"${NAME}"}`),
    { type: 'web_search_tool_result', content: [{ url: EMAIL, encrypted_content: EMAIL }] },
    { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', json: `{"q":"${LOOP}P"}` },
    text(`${SECRET}PI`),
  ],
};

function run(chunks: readonly Uint8Array[], vault = VAULT): string {
  const restorer = restoring(new StreamSource(), vault);
  const out = chunks.map((chunk) => restorer.push(chunk));
  return Buffer.concat([...out, restorer.end()]).toString('utf8');
}

function streamed(blocks: readonly Block[], cutting?: Cutting) {
  return readResponse(run(responseEvents(blocks, cutting).map((event) => Buffer.from(event))));
}

function buffered(blocks: readonly Block[]): unknown {
  const body = Buffer.from(restoreBuffered(Buffer.from(responseBody(blocks)), VAULT));
  return (JSON.parse(body.toString()) as { content: unknown }).content;
}

function lengthOf(block: Block): number {
  if (block.type === 'text') return block.text.length;
  if (block.type === 'thinking') return block.thinking.length;
  return 'json' in block ? block.json.length : 0;
}

describe.each(Object.entries(RESPONSES))('%s', (_, blocks) => {
  const expected = buffered(blocks);
  const length = Math.max(...blocks.map(lengthOf));

  it('is restored if buffered', () => {
    const texts = blocks.map((block) =>
      block.type === 'text' ? tokens.slowlyRestored(block.text) : undefined,
    );
    const inputs = blocks.map((block) =>
      'json' in block ? tokens.deeplyRestored(JSON.parse(block.json)) : undefined,
    );
    const seen = expected as { text?: string; input?: unknown }[];
    expect(seen.map((block) => block.text)).toEqual(texts);
    expect(seen.map((block) => block.input)).toEqual(inputs);
  });

  it('is the same in deltas cut anywhere', () => {
    for (let place = 0; place <= length; place += 1) {
      const { content } = streamed(blocks, (words) => cutAt(words, place));
      expect(content, `cut at ${place}`).toEqual(expected);
    }
  });

  it('is the same in deltas cut twice anywhere', () => {
    // Longer than the longest token with its neighbours.
    const places = Math.min(length, 40);
    for (let one = 0; one <= places; one += 1) {
      for (let other = one; other <= places; other += 1) {
        const { content } = streamed(blocks.slice(0, 2), (words) => cutAt(words, one, other));
        expect(content, `cut at ${one} and ${other}`).toEqual((expected as unknown[]).slice(0, 2));
      }
    }
  });

  it('is the same in deltas of one char', () => {
    expect(streamed(blocks, (words) => words.split('')).content).toEqual(expected);
  });

  it('is the same stream wherever its bytes are cut', () => {
    const bytes = Buffer.from(responseEvents(blocks, (words) => cutAt(words, 12, 30)).join(''));
    const uncut = run([bytes]);
    for (let place = 0; place < bytes.length; place += 1) {
      const cuts = [bytes.subarray(0, place), bytes.subarray(place)];
      expect(run(cuts) === uncut, `cut at byte ${place}`).toBe(true);
    }
    expect(run(cutEverywhere(bytes))).toBe(uncut);
    expect(readResponse(uncut).content).toEqual(expected);
  });
});

describe('any response', () => {
  const key = fc.constantFrom(EMAIL, LONGEST, 'a');
  const input = fc
    .array(fc.tuple(key, tokens.escapedTokenText), { maxLength: 3 })
    .map((fields) => `{${fields.map(([name, value]) => `"${name}": ["${value}"]`).join(',\n')}}`);
  const block = fc.oneof(tokens.placeholderText.map(text), input.map(tool));
  const response = fc.array(block, { minLength: 1, maxLength: 3 });
  const framing = fc.constantFrom('\n', '\r\n', '\r');

  it('is the same buffered and streamed, wherever it is cut', () => {
    checkProperty(
      fc.property(response, cutPlaces, cutPlaces, framing, (blocks, deltas, bytes, lineEnd) => {
        const cutting: Cutting = (words) => {
          const places = deltas.map((place) => place % (words.length + 1));
          return cutAt(words, ...places.toSorted((a, b) => a - b));
        };
        const stream = Buffer.from(responseEvents(blocks, cutting, lineEnd).join(''));
        const { content } = readResponse(run(cut(stream, bytes)));
        expect(content).toEqual(buffered(blocks));
      }),
      { runs: 400 },
    );
  });
});
