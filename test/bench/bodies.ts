// Unique requests of a given kind: each call writes a new number into every text, or only into those of
// the last turn. No response comes from a cache, and generating a body costs only a copy.

import { DETECTORS } from '../../shared/privacy/detect/detectors.ts';
import { createScanner } from '../../shared/privacy/detect/scan.ts';
import { luhn } from '../../shared/privacy/detect/checksums.ts';
import { digitsBy, pick, seeded, type Chance } from '../kit/seeded.ts';
import { completed, grouped } from './privacy/maker.ts';
import { textsByKind } from './texts.ts';

export const SIZES = {
  '1kb': 1_000,
  '20kb': 20_000,
  '200kb': 200_000,
  '1mb': 1_000_000,
  '10mb': 10_000_000,
} as const;
export type SizeName = keyof typeof SIZES;

/** Requests of one kind. */
export interface Bodies {
  readonly bytes: number;
  /** Every text is new, including its mail addresses. */
  readonly fresh: () => Buffer;
  /** Only the texts of the last turn are new. */
  readonly nextTurn: () => Buffer;
}

/** Replaced in each request; by letters, because detectors look for digits. */
export const MARK = '%%number%%';
const BLOCK_LENGTH_MAX = 4_000;
/** One text in this many contains personal data. */
export const PERSONAL_EVERY = 4;

let requestCount = 0;

/**
 * @param json a JSON text with marks
 * @param lastTurnAt where the last turn begins
 */
export function bodiesOf(json: string, lastTurnAt: number): Bodies {
  const template = Buffer.from(json);
  const lastAt = Buffer.byteLength(json.slice(0, lastTurnAt));
  const places: number[] = [];
  for (let at = template.indexOf(MARK); at >= 0; at = template.indexOf(MARK, at + 1))
    places.push(at);
  const newest = places.filter((at) => at >= lastAt);
  const write = (at: readonly number[], number: number) => {
    const letters = lettersOf(number);
    const body = Buffer.from(template);
    for (const place of at) letters.copy(body, place);
    return body;
  };
  template.set(write(places, 0));
  return {
    bytes: template.byteLength,
    fresh: () => write(places, (requestCount += 1)),
    nextTurn: () => write(newest, (requestCount += 1)),
  };
}

/** The number as ten letters: `aaaaaaaabc`. */
function lettersOf(number: number): Buffer {
  const digits = String(number).padStart(MARK.length, '0');
  return Buffer.from(Array.from(digits, (digit) => 0x61 + Number(digit)));
}

let chunks: readonly string[] | undefined;

/**
 * Prose and code from dependencies without findings. ASCII only, which is cheapest to parse: other
 * characters double the cost of the floor and would flatter llmp.
 */
function harmlessChunks(): readonly string[] {
  if (chunks) return chunks;
  const scanner = createScanner(DETECTORS.filter(({ tier }) => tier !== 'C'));
  const text = (textsByKind().get('mixed') ?? '').replaceAll(/[^\n\t -~]/g, '');
  const found = text.match(new RegExp(`.{${BLOCK_LENGTH_MAX}}`, 'gs')) ?? [];
  chunks = found.filter((chunk) => scanner.scan(chunk).length === 0);
  return chunks;
}

/** A conversation of about `bytes` bytes; by default one text block in four has personal data. */
export function chatBodies(
  bytes: number,
  { stream = false, blockLengthMax = BLOCK_LENGTH_MAX, personalEvery = PERSONAL_EVERY } = {},
): Bodies {
  const chance = seeded(bytes);
  const textLength = Math.min(blockLengthMax, Math.floor(bytes / 3) - 70);
  const messages: unknown[] = [];
  const body = { model: 'claude-haiku-4-5', max_tokens: 1_024, stream, messages };
  let size = 100;
  // The first and last messages are the user's.
  for (let at = 0; size + textLength / 2 < bytes || at % 2 === 0; at += 1) {
    const text = textBlock(
      at,
      textLength,
      at % personalEvery === 0 ? personalLine(chance) : '',
      chance,
    );
    const message = { role: at % 2 === 0 ? 'user' : 'assistant', content: [text] };
    messages.push(message);
    size += Buffer.byteLength(JSON.stringify(message));
  }
  const json = JSON.stringify(body);
  return bodiesOf(json, json.lastIndexOf('{"role"'));
}

function textBlock(at: number, textLength: number, personal: string, chance: Chance) {
  const chunk = pick(chance, harmlessChunks());
  const text = `${at}. ${MARK}\n${personal}${chunk}`;
  return { type: 'text', text: text.slice(0, textLength) };
}

/** A mail address that is unique per request, a fixed card and a fixed phone number. */
export function personalLine(chance: Chance): string {
  const firm = pick(chance, ['northwind-labs.com', 'quarzwerk.de', 'tidewater-clinic.org']);
  const card = completed(
    () => `4${digitsBy(chance, 14)}`,
    (value) => luhn(value),
  );
  const paid = grouped(card, [4, 4, 4, 4], ' ');
  return `Contact ann.${MARK}@${firm}, card ${paid}, phone +1 415 555 01${digitsBy(chance, 2)}.\n`;
}
