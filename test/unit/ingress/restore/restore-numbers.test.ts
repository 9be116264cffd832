// A placeholder that stood for a number is a number again where it is a complete value of a tool input.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  restoreBuffered,
  restoring,
} from '../../../../services/ingress/restore/restore-response.ts';
import { StreamSource } from '../../../../shared/anthropic/sse/event-source.ts';
import { EMPTY_VAULT, type Vault } from '../../../../shared/privacy/vault.ts';
import {
  cutAt,
  readResponse,
  responseEvents,
  responseBody,
  type Block,
} from '../../../kit/responses.ts';
import { checkProperty } from '../../../kit/properties.ts';
import { issued } from '../../../kit/vaults.ts';

const CARD = 'PII_CARD_4v5ccgri';
const SSN = 'PII_SSN_ap4tgfey';
const MAIL = 'PII_EMAIL_7k3qx5ta';
const VALUES: Readonly<Record<string, string>> = {
  [CARD]: '4539578763621486',
  [SSN]: '-123456789',
  [MAIL]: 'ann@x.org',
};
const VAULT: Vault = { ...EMPTY_VAULT, values: issued(VALUES), numbers: [CARD, SSN] };

const tool = (json: string): Block => ({ type: 'tool_use', id: 'toolu_1', name: 'pay', json });

/** The input as text, from a stream of events. */
function streamedInput(events: readonly string[]): string {
  const restorer = restoring(new StreamSource(), VAULT);
  const out = events.map((event) => restorer.push(Buffer.from(event)));
  const text = Buffer.concat([...out, restorer.end()]).toString();
  const deltas = text.match(/"partial_json":("(?:[^"\\]|\\.)*")/g) ?? [];
  return deltas.map((delta) => JSON.parse(delta.slice(15)) as string).join('');
}

/** The input as text, from a buffered response. */
function bufferedInput(json: string): string {
  const text = Buffer.from(
    restoreBuffered(Buffer.from(responseBody([tool(json)])), VAULT),
  ).toString();
  const start = text.indexOf('"input":') + '"input":'.length;
  return text.slice(start, text.lastIndexOf('}', text.lastIndexOf(']')));
}

describe('the placeholder of a number', () => {
  it.each([
    [`{"card":"${CARD}"}`, '{"card":4539578763621486}'],
    [`{"card" : "${CARD}" , "a":1}`, '{"card" : 4539578763621486 , "a":1}'],
    [`{"ssns":["${SSN}","${CARD}"]}`, '{"ssns":[-123456789,4539578763621486]}'],
    [`{"a":{"b":"${CARD}"\n}}`, '{"a":{"b":4539578763621486\n}}'],
    // Keys and parts of strings stay text.
    [`{"${CARD}":"${CARD}"}`, '{"4539578763621486":4539578763621486}'],
    [`{"${CARD}" : 1}`, '{"4539578763621486" : 1}'],
    [`{"a":"card ${CARD}"}`, '{"a":"card 4539578763621486"}'],
    [`{"a":"${CARD}."}`, '{"a":"4539578763621486."}'],
    [`{"a":"${CARD}${SSN}"}`, '{"a":"4539578763621486-123456789"}'],
    [`{"a":"\\"${CARD}\\""}`, '{"a":"\\"4539578763621486\\""}'],
    [`{"a":"\\\\\\"${CARD}\\", 1"}`, '{"a":"\\\\\\"4539578763621486\\", 1"}'],
    // So do values that were no numbers, and placeholders that were not issued.
    [`{"a":"${MAIL}"}`, '{"a":"ann@x.org"}'],
    ['{"a":"PII_CARD_zzzzzzzz"}', '{"a":"PII_CARD_zzzzzzzz"}'],
  ])('in %s', (json, expected) => {
    const whole = responseEvents([tool(json)]);
    const letters = responseEvents([tool(json)], (words) => words.split(''));
    expect(streamedInput(whole)).toBe(expected);
    expect(streamedInput(letters)).toBe(expected);
  });

  it('is restored the same way however a stream is cut, and in a buffered response', () => {
    const token = fc.constantFrom(CARD, SSN, MAIL);
    const words = fc.oneof(
      { weight: 3, arbitrary: token },
      fc
        .tuple(token, fc.constantFrom('"', '\\', ':', ' ', 'P', 'x', '\n', '", '))
        .map((parts) => parts.join('')),
      fc
        .tuple(fc.constantFrom('"', '\\', ':', ' ', 'P', '\\"', '\n'), token)
        .map((parts) => parts.join('')),
      token.map((complete) => complete.slice(0, -1)),
    );
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        words,
        fc.constantFrom<unknown>(1, null, true, ''),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(words, tie('value'), { maxKeys: 3, noNullPrototype: true }),
      ),
    }));
    const restored = (json: unknown): unknown => {
      const text = (part: string) =>
        part.replaceAll(/PII_[A-Z]+_[a-z2-7]{8}/g, (each) => VALUES[each] ?? each);
      if (typeof json === 'string')
        return json === CARD || json === SSN ? Number(VALUES[json]) : text(json);
      if (Array.isArray(json)) return json.map(restored);
      if (typeof json !== 'object' || json === null) return json;
      return Object.fromEntries(
        Object.entries(json).map(([key, part]) => [text(key), restored(part)]),
      );
    };
    const space = fc.constantFrom(undefined, 1, '\t');
    const cuts = fc.array(fc.nat(400), { maxLength: 12 });
    checkProperty(
      fc.property(value, space, cuts, (input, indent, places) => {
        const json = JSON.stringify({ input }, undefined, indent);
        const events = responseEvents([tool(json)], (part) =>
          cutAt(part, ...places.filter((place) => place < part.length).toSorted((a, b) => a - b)),
        );
        const streamed = streamedInput(events);
        // As text: JSON.parse can return wrong keys (https://github.com/nodejs/node/issues/63785).
        const expected = JSON.stringify(restored({ input }), undefined, indent);
        expect(streamed).toBe(expected);
        expect(bufferedInput(json)).toBe(expected);
      }),
      { runs: 500 },
    );
  });

  it('is text in a text, and in a stream that breaks off before the string ends', () => {
    const events = responseEvents([{ type: 'text', text: CARD }], (words) => words.split(''));
    const restorer = restoring(new StreamSource(), VAULT);
    const out = events.map((event) => restorer.push(Buffer.from(event)));
    const { content } = readResponse(Buffer.concat([...out, restorer.end()]).toString());
    expect(content[0]).toMatchObject({ text: '4539578763621486' });
    const broken = responseEvents([tool(`{"a":"${CARD}`)], (words) => words.split(''));
    expect(streamedInput(broken)).toBe('{"a":"4539578763621486');
  });
});
