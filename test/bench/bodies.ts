// Requests whose texts never repeat: each is put together anew from passages of dependencies, with values of
// its own, so that no memory of texts, of their parts or of values helps, except where a load wants it to.

import { DETECTORS } from '../../shared/privacy/detect/detectors.ts';
import { createScanner } from '../../shared/privacy/detect/scan.ts';
import { luhn, mod97 } from '../../shared/privacy/detect/checksums.ts';
import { digitsBy, pick, seeded, type Chance } from '../kit/seeded.ts';
import { completed, grouped, two } from './privacy/maker.ts';
import { textsByKind } from './texts.ts';

export const SIZES = { '1kb': 1_000, '20kb': 20_000, '200kb': 200_000, '1mb': 1_000_000 } as const;
export type SizeName = keyof typeof SIZES;

/** Requests of one kind. */
export interface Bodies {
  /** Every text is new, including its mail addresses. */
  readonly fresh: () => Buffer;
  /** Only the texts of the last turn are new. */
  readonly nextTurn: () => Buffer;
}

export interface ChatOptions {
  readonly stream?: boolean;
  readonly textLengthMax?: number;
  /** One text in this many contains personal data; 0: none. */
  readonly personalEvery?: number;
}

const TEXT_LENGTH_MAX = 2_000;
/** One text in this many contains personal data. */
export const PERSONAL_EVERY = 4;
/** What a message has besides its text. */
const MESSAGE_BYTES = 70;
const PASSAGE_LENGTH_MIN = 150;
const PASSAGE_LENGTH_MAX = 400;
/** A thousand of them have more orders than are ever sent. */
const PASSAGES_READ_EVERY = 4;
const SERIAL_LENGTH = 10;

const chance = seeded(1);
let serial = 0;

/** Ten letters that were never used before: `aaaaaaaabc`. Letters, because detectors look for digits. */
export function newSerial(): string {
  const digits = String((serial += 1)).padStart(SERIAL_LENGTH, '0');
  return Array.from(digits, (digit) => String.fromCharCode(0x61 + Number(digit))).join('');
}

let passages: readonly string[] | undefined;

/**
 * Whole lines of prose and code from dependencies without findings, as they stand in JSON. ASCII only, which
 * is cheapest to parse: other characters double the cost of the floor and would flatter llmp.
 */
function harmlessPassages(): readonly string[] {
  if (passages) return passages;
  const scanner = createScanner(DETECTORS.filter(({ tier }) => tier !== 'C'));
  const text = (textsByKind().get('mixed') ?? '').replaceAll(/[^\n\t -~]/g, '');
  const found: string[] = [];
  let passage = '';
  let read = 0;
  for (const line of text.split('\n')) {
    passage += `${line}\n`;
    if (passage.length < PASSAGE_LENGTH_MIN) continue;
    read += 1;
    const isTaken = read % PASSAGES_READ_EVERY === 0 && passage.length <= PASSAGE_LENGTH_MAX;
    if (isTaken && scanner.scan(passage).length === 0) found.push(escaped(passage));
    passage = '';
  }
  passages = found;
  return passages;
}

const escaped = (text: string) => JSON.stringify(text).slice(1, -1);

/** A conversation of about `bytes` bytes; by default one text block in four has personal data. */
export function chatBodies(bytes: number, options: ChatOptions = {}): Bodies {
  const { stream = false, textLengthMax = TEXT_LENGTH_MAX } = options;
  const { personalEvery = PERSONAL_EVERY } = options;
  const textLength = Math.min(textLengthMax, Math.floor(bytes / 3) - MESSAGE_BYTES);
  // The first and last messages are the user's.
  const turns = Math.max(1, Math.round((bytes / (textLength + MESSAGE_BYTES) - 1) / 2));
  const start = `{"model":"claude-haiku-4-5","max_tokens":1024,"stream":${stream},"messages":[`;
  const message = (at: number) => {
    const isPersonal = personalEvery > 0 && at % personalEvery === 0;
    const role = at % 2 === 0 ? 'user' : 'assistant';
    return `{"role":"${role}","content":[{"type":"text","text":"${newText(textLength, isPersonal)}"}]}`;
  };
  const messages = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, at) => message(from + at));
  const bodyOf = (all: readonly string[]) => Buffer.from(`${start}${all.join(',')}]}`, 'latin1');
  let history: readonly string[] | undefined;
  return {
    fresh: () => bodyOf(messages(0, 2 * turns + 1)),
    nextTurn: () => {
      history ??= messages(0, 2 * turns - 1);
      return bodyOf([...history, ...messages(2 * turns - 1, 2 * turns + 1)]);
    },
  };
}

/** A text that was never sent, as it stands in JSON. */
function newText(length: number, isPersonal: boolean): string {
  let text = `${newSerial()}\\n${isPersonal ? `${personalLine(chance)}\\n` : ''}`;
  while (text.length < length) text += pick(chance, harmlessPassages());
  // An escape is not cut apart.
  return text.slice(0, length).replace(/\\+$/, '');
}

/** A mail address, a card, a telephone number and an IBAN that were never sent. */
export function personalLine(by: Chance): string {
  const firm = pick(by, ['northwind-labs.com', 'quarzwerk.de', 'tidewater-clinic.org']);
  const card = completed(
    () => `4${digitsBy(by, 14)}`,
    (value) => luhn(value),
  );
  const paid = grouped(card, [4, 4, 4, 4], ' ');
  const account = digitsBy(by, 18);
  const iban = `DE${two(98 - mod97(`${account}DE00`))}${account}`;
  const phone = `+49 1512 ${digitsBy(by, 7)}`;
  return `Contact ann.${newSerial()}@${firm}, card ${paid}, phone ${phone}, IBAN ${iban}.`;
}
