// Regression tests for restore bugs of other gateways.

import { describe, expect, it } from 'vitest';
import { originalOffset } from '../../../../services/ingress/restore/citation-offsets.ts';
import { restoreText } from '../../../../services/ingress/restore/restore-text.ts';
import {
  restoreBuffered,
  restoring,
} from '../../../../services/ingress/restore/restore-response.ts';
import { StreamSource } from '../../../../shared/anthropic/sse/event-source.ts';
import { EMPTY_VAULT } from '../../../../shared/privacy/vault.ts';
import {
  responseEvents,
  cutAt,
  readResponse,
  responseBody,
  type Block,
} from '../../../kit/responses.ts';
import { cutEverywhere } from '../../../kit/event-texts.ts';
import { EMAIL, LOOP, NAME, SECRET, VALUES } from '../../../kit/placeholders.ts';
import { issued } from '../../../kit/vaults.ts';

const VAULT = { ...EMPTY_VAULT, values: issued(VALUES) };
const ANN = 'ann.miller@corp.example';

function restoreEvents(events: readonly (string | Uint8Array)[]): string[] {
  const restorer = restoring(new StreamSource(), VAULT);
  const out = events.map((event) => restorer.push(Buffer.from(event)));
  return [...out, restorer.end()].map((bytes) => Buffer.from(bytes).toString('utf8'));
}

const text = (words: string): Block => ({ type: 'text', text: words });

describe('the restorer avoids the bug of', () => {
  it('PasteGuard: a placeholder cut after its first char is never restored', () => {
    const events = responseEvents([text(EMAIL)], (words) => cutAt(words, 1));
    expect(readResponse(restoreEvents(events).join('')).content).toEqual([text(ANN)]);
  });

  it('PasteGuard: text that starts like a placeholder is held until the end of the stream', () => {
    const events = responseEvents([text(`PII_ ${'and so on '.repeat(9)}`)], (words) =>
      words.split(/(?<= )/),
    );
    const [, , , first, second] = restoreEvents(events);
    expect(first).toContain('PII_ ');
    expect(second).toContain('and ');
  });

  it('PasteGuard: tool input passes unrestored in a stream', () => {
    const tool: Block = { type: 'tool_use', id: 't', name: 'n', json: `{"to":"${EMAIL}"}` };
    const events = responseEvents([tool], (json) => cutAt(json, 12));
    expect(readResponse(restoreEvents(events).join('')).content).toMatchObject([
      { input: { to: ANN } },
    ]);
  });

  it('PasteGuard: held text is sent after message_stop, for block 0', () => {
    const events = responseEvents([text('a'), text('b PII_EM')]);
    const seen = restoreEvents(events).join('');
    expect(readResponse(seen).content).toEqual([text('a'), text('b PII_EM')]);
    expect(seen.endsWith('data: {"type":"message_stop"}\n\n')).toBe(true);
  });

  it('PasteGuard: placeholders inside restored values are restored as well', () => {
    expect(restoreText(`${LOOP} ${EMAIL}`, issued(VALUES))).toBe(`${EMAIL} ${ANN}`);
    const events = responseEvents([text(LOOP)], (words) => cutAt(words, 9));
    expect(readResponse(restoreEvents(events).join('')).content).toEqual([text(EMAIL)]);
  });

  it('LiteLLM 30028, 30316: events and UTF-8 split across chunks are read chunk by chunk', () => {
    const words = `Zoë ${NAME} 😀`;
    const bytes = Buffer.from(responseEvents([text(words)]).join(''));
    const seen = restoreEvents(cutEverywhere(bytes)).join('');
    expect(readResponse(seen).content).toEqual([text(`Zoë ${VALUES[NAME]} 😀`)]);
  });

  it('LiteLLM 31503: the whole stream is buffered, so the first word comes last', () => {
    const events = responseEvents([text(`One two ${EMAIL} three`)], (words) =>
      words.split(/(?<= )/),
    );
    const seen = restoreEvents(events);
    expect(seen.slice(0, events.length).map((event) => event !== '')).toEqual(
      events.map(() => true),
    );
  });

  it('LiteLLM 24291: offsets refer to the text with placeholders', () => {
    // «Dear PII_NAME_aaaaaaaa, see you» stands for «Dear Zoë, see you»; «see you» is cited.
    expect(originalOffset(24, 'start', [[5, 17, 3]])).toBe(10);
    expect(originalOffset(31, 'end', [[5, 17, 3]])).toBe(17);
  });

  it('LiteLLM 30723: tool arguments are not restored', () => {
    const tool: Block = {
      type: 'tool_use',
      id: 't',
      name: 'n',
      json: `{"${EMAIL}":["${SECRET}"]}`,
    };
    const restored = Buffer.from(
      restoreBuffered(Buffer.from(responseBody([tool])), VAULT),
    ).toString();
    expect(JSON.parse(restored)).toMatchObject({
      content: [{ input: { [ANN]: [VALUES[SECRET]] } }],
    });
  });

  it('LLM Guard: a placeholder is used as a regular expression, a value as its replacement', () => {
    const values = { PII_RE_aaaaaaaa: '[x](y)*$1$&' };
    expect(restoreText('x y PII_RE_aaaaaaaa PII_RE.aaaaaaaa', issued(values))).toBe(
      'x y [x](y)*$1$& PII_RE.aaaaaaaa',
    );
  });

  it('rehydra: a quote in a value breaks the JSON around it', () => {
    const tool: Block = { type: 'tool_use', id: 't', name: 'n', json: `{"a":"${NAME}","b":1}` };
    const events = responseEvents([tool], (json) => json.split(''));
    expect(readResponse(restoreEvents(events).join('')).content).toMatchObject([
      { input: { a: VALUES[NAME], b: 1 } },
    ]);
  });

  it('OmniRoute 3775, claude-code 19539: signed thinking is changed and rejected in the next turn', () => {
    const thinking: Block = { type: 'thinking', thinking: `Mail ${EMAIL}`, signature: 'Ep==' };
    const events = responseEvents([thinking], (words) => cutAt(words, 8));
    expect(restoreEvents(events).join('')).toBe(events.join(''));
  });

  it('all of them: a guessed token reveals another tenant’s value', () => {
    const other = restoring(new StreamSource(), {
      ...EMPTY_VAULT,
      values: issued({ PII_ID_aaaaaaaa: 'mine' }),
    });
    const events = responseEvents([text(EMAIL)]).join('');
    expect(Buffer.from(other.push(Buffer.from(events))).toString()).toBe(events);
  });
});
