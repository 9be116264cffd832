// Request bodies, and what the upstream responds with, that could hold the event loop for long.

import { lines } from '../texts.ts';

export type ResponseKind =
  | 'tokens'
  | 'large-event'
  | 'many-events'
  | 'blank-lines'
  | 'zeros'
  | 'citations';

export interface Hostile {
  readonly name: string;
  readonly body: () => string;
  readonly response?: ResponseKind;
}

const MEGABYTE = 1_000_000;

const says = (content: unknown, fields: object = {}): string =>
  JSON.stringify({
    model: 'claude-sonnet-5-5',
    max_tokens: 64,
    ...fields,
    messages: [{ role: 'user', content }],
  });

const withField = (json: string): string =>
  says('Hello').replace('{', () => `{"metadata":{"x":${json}},`);

const phone = (index: number) => `+49151${10_000_000 + index}`;
const mail = (index: number) => `info${index}@corp-mail.org`;
const document = (data: string) => ({
  type: 'document',
  source: { type: 'text', media_type: 'text/plain', data },
  citations: { enabled: true },
});
const DEPTH = 900;

/** 4111…: passes the check digit as often as any other number. */
const digits = (index: number) => String(4_111_111_111_111_111 + index * 97);
const iban = (index: number) => `DE89370400440${String(532_013_000 + index)}`;
const messages = (count: number, text: (index: number) => string) =>
  JSON.stringify({
    model: 'claude-sonnet-5-5',
    max_tokens: 64,
    messages: Array.from({ length: count }, (_, index) => ({
      role: index % 2 === 0 ? 'user' : 'assistant',
      content: text(index),
    })),
  });

/** Compared with each other. */
export const PLAIN = 'plain text, 32 MB';
export const FINDINGS = [
  'phone numbers, 32 MB',
  'mail addresses, 32 MB',
  'table, 32 MB',
  'one phone number, 32 MB',
];
const LARGE = 31 * MEGABYTE;

export const CORPUS: readonly Hostile[] = [
  { name: 'plain text, 1 MB', body: () => says(lines(MEGABYTE, () => 'The quick brown fox.')) },
  { name: PLAIN, body: () => says(lines(LARGE, () => 'The quick brown fox jumps.')) },
  {
    name: 'plain text with one €, 32 MB',
    body: () => says(`€${lines(LARGE, () => 'The quick brown fox.')}`),
  },
  { name: 'Chinese text, 30 MB', body: () => says('漢字'.repeat(5 * MEGABYTE)) },
  {
    name: 'a conversation, 30 MB',
    body: () => messages(1_500, (n) => lines(20_000, (m) => `${n} ${m} The quick brown fox.`)),
  },
  {
    name: 'an image, 30 MB',
    body: () =>
      says([
        {
          type: 'image',
          source: {
            type: 'base64',
            media_type: 'image/png',
            data: 'iVBORw0KGgo'.repeat(2_700_000),
          },
        },
      ]),
  },
  { name: 'phone numbers, 1 MB', body: () => says(lines(MEGABYTE, phone)) },
  { name: 'mail addresses, 1 MB', body: () => says(lines(MEGABYTE, mail)) },
  { name: 'phone numbers, 32 MB', body: () => says(lines(LARGE, phone)) },
  { name: 'mail addresses, 32 MB', body: () => says(lines(LARGE, mail)) },
  {
    name: 'table, 32 MB',
    body: () => says(lines(LARGE, (n) => `${n},${mail(n)},${phone(n)},active`)),
  },
  { name: 'one phone number, 32 MB', body: () => says(lines(LARGE, () => phone(1))) },
  { name: 'cards, 5 MB', body: () => says(lines(5 * MEGABYTE, digits)) },
  { name: 'IBANs, 5 MB', body: () => says(lines(5 * MEGABYTE, iban)) },
  {
    name: 'addresses of one network, 1 MB',
    body: () => says(lines(MEGABYTE, (n) => `8.${n >> 14}.${(n >> 7) & 127}.${(n & 127) + 1}`)),
  },
  { name: 'one card, 10 MB', body: () => says(lines(10 * MEGABYTE, () => '4111111111111111')) },
  {
    name: '20,000 texts with a value each',
    body: () => says(Array.from({ length: 20_000 }, (_, n) => ({ type: 'text', text: mail(n) }))),
  },
  {
    name: 'values, then as many texts without',
    body: () =>
      says([
        { type: 'text', text: lines(MEGABYTE / 2, mail) },
        ...Array.from({ length: 10_000 }, (_, n) => ({ type: 'text', text: `x${n} `.repeat(9) })),
      ]),
  },
  {
    name: 'a million keys',
    body: () => withField(`{${Array.from({ length: 450_000 }, (_, n) => `"k${n}":0`).join(',')}}`),
  },
  {
    name: 'a million fields',
    body: () =>
      says('Hello').replace(
        '{',
        () => `{${Array.from({ length: 450_000 }, (_, n) => `"k${n}":0`).join(',')},`,
      ),
  },
  { name: 'a million words', body: () => withField(`[${'"a",'.repeat(900_000)}"b"]`) },
  { name: 'objects', body: () => withField(`[${'{"type":0},'.repeat(450_000)}0]`) },
  { name: 'zeros', body: () => withField(`[${'0,'.repeat(900_000)}0]`) },
  { name: 'large numbers', body: () => withField(`[${'1e999,'.repeat(900_000)}0]`) },
  {
    name: 'spaces, 30 MB',
    body: () => says('Hello').replace('{', () => `{${' '.repeat(30 * MEGABYTE)}`),
  },
  { name: 'deep nesting', body: () => withField('['.repeat(DEPTH) + ']'.repeat(DEPTH)) },
  { name: 'a number of 30 MB', body: () => withField('1'.repeat(30 * MEGABYTE)) },
  {
    name: 'a long fraction, 30 MB',
    body: () => withField(`4111111111111111.${'0'.repeat(30 * MEGABYTE)}`),
  },
  { name: 'escapes, 30 MB', body: () => says('\n"\\'.repeat(5 * MEGABYTE)) },
  { name: 'quotes, 30 MB', body: () => says('"'.repeat(15 * MEGABYTE)) },
  { name: 'one word, 30 MB', body: () => says('a'.repeat(30 * MEGABYTE)) },
  { name: 'digits, 10 MB', body: () => says('1234567890'.repeat(MEGABYTE)) },
  { name: 'digits of cards, 10 MB', body: () => says('4111111111111111'.repeat(MEGABYTE / 1.6)) },
  { name: 'confusables, 10 MB', body: () => says('１𝟒\u200b'.repeat(MEGABYTE)) },
  {
    name: 'overlapping secrets, 10 MB',
    body: () => says('password=token='.repeat(MEGABYTE / 1.5)),
  },
  {
    name: 'base64, 10 MB',
    body: () => says('QUtJQUlPU0ZPRE5ON0VYQU1QTEU1'.repeat(MEGABYTE / 2.8)),
  },
  {
    name: 'placeholders in the response',
    body: () => says(lines(MEGABYTE / 2, phone)),
    response: 'tokens',
  },
  {
    name: 'placeholders in a stream',
    body: () => says(lines(MEGABYTE / 2, phone), { stream: true }),
    response: 'tokens',
  },
  { name: 'a response of 30 MB', body: () => says(mail(1)), response: 'large-event' },
  {
    name: 'an event of 9 MB',
    body: () => says(mail(1), { stream: true }),
    response: 'large-event',
  },
  {
    name: '50,000 events',
    body: () => says(mail(1), { stream: true }),
    response: 'many-events',
  },
  {
    name: 'zeros in the response, 30 MB',
    body: () => says(mail(1)),
    response: 'zeros',
  },
  {
    name: 'zeros in an event, 30 MB',
    body: () => says(mail(1), { stream: true }),
    response: 'zeros',
  },
  {
    name: '50,000 citations',
    body: () => says([document(lines(MEGABYTE / 2, mail)), { type: 'text', text: 'Who?' }]),
    response: 'citations',
  },
  {
    name: 'gzip of 30 MB of newlines',
    body: () => says(mail(1), { stream: true }),
    response: 'blank-lines',
  },
];
