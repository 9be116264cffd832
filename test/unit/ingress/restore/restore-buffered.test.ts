import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { restoreBuffered } from '../../../../services/ingress/restore/restore-response.ts';
import { limits } from '../../../../shared/limits.ts';
import { EMPTY_VAULT, type Vault } from '../../../../shared/privacy/vault.ts';
import { responseBody, type Block } from '../../../kit/responses.ts';
import { replyCases } from '../../../kit/corpus.ts';
import * as tokens from '../../../kit/placeholders.ts';
import { checkProperty } from '../../../kit/properties.ts';
import { issued } from '../../../kit/vaults.ts';

const { EMAIL, LONGEST, LOOP, NAME, SECRET, UNKNOWN, VALUES } = tokens;
/** URLs have tests of their own. */
const VAULT: Vault = { ...EMPTY_VAULT, values: issued(VALUES), urls: 'always' };

function restored(body: string | Uint8Array, vault = VAULT): string {
  return Buffer.from(restoreBuffered(Buffer.from(body), vault)).toString('utf8');
}

function contentOf(blocks: readonly Block[], vault = VAULT): unknown {
  return (JSON.parse(restored(responseBody(blocks), vault)) as { content: unknown }).content;
}

describe('restoreBuffered', () => {
  it('restores text, and tool inputs in keys and values', () => {
    const json = `{"${EMAIL}":["${NAME}",{"${LONGEST}":"${SECRET}${LOOP}"}],"n":12345678901234567890}`;
    const tool = { type: 'tool_use', id: 'toolu_1', name: 'send', json } as const;
    expect(contentOf([{ type: 'text', text: `Hi ${NAME}!` }, tool])).toEqual([
      { type: 'text', text: `Hi ${VALUES[NAME]}!` },
      {
        type: 'tool_use',
        id: 'toolu_1',
        name: 'send',
        input: tokens.deeplyRestored(JSON.parse(json)),
      },
    ]);
  });

  it('restores any text', () => {
    checkProperty(
      fc.property(tokens.placeholderText, (text) => {
        expect(contentOf([{ type: 'text', text }])).toEqual([
          { type: 'text', text: tokens.slowlyRestored(text) },
        ]);
      }),
    );
  });

  it('keeps signed thinking unchanged', () => {
    const thinking = { type: 'thinking', thinking: `about ${EMAIL}`, signature: EMAIL } as const;
    const redacted = JSON.stringify({ type: 'redacted_thinking', data: EMAIL });
    expect(contentOf([thinking, { type: 'text', text: EMAIL }])).toEqual([
      thinking,
      { type: 'text', text: VALUES[EMAIL] },
    ]);
    expect(restored(`[${redacted},"${EMAIL}"]`)).toBe(`[${redacted},"${VALUES[EMAIL]}"]`);
  });

  it('restores citations and maps their offsets', () => {
    const citation = {
      type: 'char_location',
      cited_text: `Write to ${EMAIL}.`,
      document_index: 2,
      document_title: NAME,
      start_char_index: 30,
      end_char_index: 58,
    };
    const vault: Vault = {
      ...VAULT,
      documents: {
        2: [
          [0, 18, 5],
          [39, 18, 23],
        ],
      },
    };
    expect(contentOf([{ type: 'text', text: 'x', citations: [citation] }], vault)).toEqual([
      {
        type: 'text',
        text: 'x',
        citations: [
          {
            ...citation,
            cited_text: 'Write to ann.miller@corp.example.',
            document_title: VALUES[NAME],
            start_char_index: 17,
            end_char_index: 50,
          },
        ],
      },
    ]);
  });

  it('maps offsets in a response without tokens', () => {
    const body = '{"type":"char_location","document_index":0,"start_char_index":20}';
    const vault: Vault = { ...EMPTY_VAULT, documents: { 0: [[0, 18, 5]] } };
    expect(restored(body, vault)).toBe(body.replace('20', '7'));
  });

  it('restores the message of an error', () => {
    const error = (message: string) =>
      JSON.stringify({ type: 'error', error: { type: 'api_error', message }, request_id: EMAIL });
    expect(restored(error(`no ${EMAIL}`))).toBe(error('no ann.miller@corp.example'));
  });

  it('changes no byte besides the tokens', () => {
    const odd = (value: string) =>
      Buffer.concat([
        Buffer.from('{ "a" : 1.0,\r\n"b":12345678901234567890,"a":"caf\\u00e9 \\/ é \\ud83d '),
        Buffer.from([0xff, 0xfe]),
        Buffer.from(`${value}","\\u0061":[1e400,-0 ] }\n`),
      ]);
    expect(
      Buffer.from(restoreBuffered(odd(EMAIL), VAULT)).equals(odd('ann.miller@corp.example')),
    ).toBe(true);
  });

  it.each(replyCases())(
    'returns the same bytes if there is nothing to restore: $name',
    ({ body }) => {
      expect(restoreBuffered(body, VAULT)).toBe(body);
    },
  );

  it('returns the same bytes for a token that was not issued, and for thinking alone', () => {
    const thinking = { type: 'thinking', thinking: EMAIL, signature: 's' } as const;
    for (const blocks of [[{ type: 'text', text: UNKNOWN } as const], [thinking]]) {
      const bytes = Buffer.from(responseBody(blocks));
      expect(restoreBuffered(bytes, VAULT)).toBe(bytes);
    }
  });

  it('restores escaped tokens, also in keys', () => {
    const body =
      '{"type":"tool_use","input":{"PII\\u005fEMAIL_7k3qx5ta":"\\u0050II_EMAIL_7k3qx5ta"}}';
    expect(restored(body)).toBe(
      '{"type":"tool_use","input":{"ann.miller@corp.example":"ann.miller@corp.example"}}',
    );
  });

  it('restores text that is not JSON', () => {
    const page = (value: string) => `<html>é <b>${value}</b></html>`;
    expect(restored(page(NAME))).toBe(page(VALUES[NAME] ?? ''));
    const plain = Buffer.from(page(UNKNOWN));
    expect(restoreBuffered(plain, VAULT)).toBe(plain);
  });

  it('restores values as deep as a request may hold them, and refuses deeper ones', () => {
    const nest = (value: string, pairs: number) =>
      `${'[{"a":'.repeat(pairs)}"${value}"${'}]'.repeat(pairs)}`;
    const depth = limits.json.depthMax / 2;
    expect(restored(nest(EMAIL, depth)) === nest('ann.miller@corp.example', depth)).toBe(true);
    expect(() => restored(nest(EMAIL, depth + 1))).toThrow('nested too deeply');
  });

  it('refuses more values than a request may hold, and passes them where nothing is restored', () => {
    const zeros = (text: string) => `{"a":"${text}","b":[${'0,'.repeat(limits.json.valuesMax)}0]}`;
    expect(() => restored(zeros(EMAIL))).toThrow('too many values');
    expect(restored(zeros('x')) === zeros('x')).toBe(true);
  });
});
