import { describe, expect, it } from 'vitest';
import { declarationSteps } from '../../shared/anthropic/declared-tools.ts';
import { parseSteps } from '../../shared/anthropic/parsed-request.ts';
import { SseEvent } from '../../shared/anthropic/sse/sse-event.ts';
import { spliceSteps, stringSteps } from '../../shared/json/edit.ts';
import { integerSteps } from '../../shared/json/integer-text.ts';
import { scanSteps } from '../../shared/json/parse.ts';
import { limits } from '../../shared/limits.ts';
import { estimateSteps } from '../../shared/metering/token-estimate.ts';
import { factSteps } from '../../shared/policy/request-facts.ts';
import { vaultParts } from '../../shared/privacy/vault.ts';
import { RequestBody } from '../../shared/protocol/body.ts';
import { concatSteps, isUtf8Steps } from '../../shared/runtime/bytes.ts';
import { finished } from '../../shared/runtime/finished.ts';
import { SCANNER } from '../kit/scrubbing.ts';

/** A megabyte at most may pass in one step of copying, hashing or checking bytes. */
const BYTES = 1_048_576;
/** Characters, and values, that may be read in one step of anything else. */
const CHARS = 270_000;
const VALUES = 8_192;

const says = (content: unknown) => JSON.stringify({ messages: [{ role: 'user', content }] });
const bytesOf = (text: string) => Buffer.from(text);
const parsed = (text: string) => finished(parseSteps(bytesOf(text), limits.json));
const wordsOf = (count: number) => `{"x":[${'"a",'.repeat(count)}"b"]}`;
const event = (text: string) =>
  SseEvent.of('content_block_delta', `{"type":"content_block_delta","text":"${text}"}`);
const LARGE = 4 * BYTES;
const MANY = 200_000;

/** Work, the steps it takes, and how many it must take at least. */
const WORK: readonly (readonly [name: string, steps: Iterable<unknown>, least: number])[] = [
  ['copying bytes', concatSteps([Buffer.alloc(LARGE), Buffer.alloc(1)]), LARGE / BYTES],
  ['checking UTF-8', isUtf8Steps(Buffer.alloc(LARGE, 'é')), LARGE / BYTES],
  ['estimating quotes', estimateSteps(Buffer.alloc(LARGE, '\\"')), LARGE / CHARS],
  ['estimating fields', estimateSteps(Buffer.alloc(LARGE, '"data"')), LARGE / CHARS],
  ['parsing a string', scanSteps(`"${'x'.repeat(LARGE)}"`), LARGE / CHARS],
  ['parsing escapes', scanSteps(`"${'\\n'.repeat(LARGE / 2)}"`), LARGE / CHARS],
  ['parsing many strings', scanSteps(`[${`"${'x'.repeat(999)}",`.repeat(4_000)}0]`), LARGE / CHARS],
  ['parsing a number', scanSteps('1'.repeat(LARGE)), LARGE / CHARS],
  ['parsing a fraction', scanSteps(`0.${'1'.repeat(LARGE)}`), LARGE / CHARS],
  ['parsing an exponent', scanSteps(`1e${'0'.repeat(LARGE)}`), LARGE / CHARS],
  ['parsing spaces', scanSteps(`[${' '.repeat(LARGE)}0${' '.repeat(LARGE)}]`), LARGE / CHARS],
  ['parsing values', scanSteps(`[${'0,'.repeat(MANY)}0]`), MANY / VALUES],
  ['parsing keys', scanSteps(`{${'"k":0,'.repeat(MANY)}"k":0}`), MANY / VALUES],
  ['decoding escapes', stringSteps(`"${'\\\\'.repeat(LARGE / 2)}"`), LARGE / CHARS],
  ['reading a number', integerSteps(`123.${'0'.repeat(LARGE)}`), LARGE / CHARS],
  ['finding texts', parseSteps(bytesOf(wordsOf(MANY)), limits.json), (2 * MANY) / VALUES],
  [
    'looking at base64',
    parseSteps(
      bytesOf(
        says([
          {
            type: 'image',
            source: { type: 'base64', media_type: 'a/b', data: 'QUJD'.repeat(BYTES) },
          },
        ]),
      ),
      limits.json,
    ),
    (2 * LARGE) / CHARS,
  ],
  ['finding declarations', declarationSteps(parsed(wordsOf(MANY))), MANY / VALUES],
  [
    'finding facts',
    factSteps(parsed(`{"x":[${'{"type":0},'.repeat(50_000)}0]}`)),
    100_000 / VALUES,
  ],
  [
    'editing a large text',
    spliceSteps('x'.repeat(LARGE), [{ start: 1, end: 1, text: 'y' }]),
    LARGE / CHARS,
  ],
  [
    'editing often, in any order',
    spliceSteps(
      'x'.repeat(MANY),
      Array.from({ length: MANY / 2 }, (_, n) => ({
        start: MANY - 2 * n - 2,
        end: MANY - 2 * n - 1,
        text: 'y',
      })),
    ),
    MANY / VALUES,
  ],
  [
    'editing a body',
    bodyWith('x'.repeat(LARGE)).editSteps([{ start: 9, end: 9, text: '' }]),
    LARGE / BYTES,
  ],
  [
    'measuring what an edit leaves',
    bodyWith('é'.repeat(LARGE)).editSteps([{ start: LARGE, end: LARGE, text: '' }]),
    LARGE / CHARS,
  ],
  ['searching an event', event('x'.repeat(LARGE)).matches(/PII_/), LARGE / CHARS],
  ['scanning digits', SCANNER.slices('4111111111111111'.repeat(20_000)), 320_000 / VALUES],
  ['scanning base64', SCANNER.slices('QUtJQUlPU0ZPRE5O'.repeat(20_000)), 320_000 / VALUES],
  [
    'sending a vault',
    vaultParts(
      Array.from({ length: 10_000 }, (_, n) => [`PII_ID_${n}`, 'x'] as const),
      { counts: {}, documents: {}, opaque: 0 },
    ),
    10_000 / 1_024,
  ],
];

function bodyWith(text: string): RequestBody {
  const body = new RequestBody(bytesOf(says(text)));
  body.parse(limits.json);
  return body;
}

describe('the event loop turns while a worker is', () => {
  it.each(WORK)('%s', (_, steps, least) => {
    let taken = 0;
    const taking = steps[Symbol.iterator]();
    while (!taking.next().done) taken += 1;
    expect(taken).toBeGreaterThanOrEqual(Math.floor(least));
  });
});
