// Request bodies, and what the upstream responds with, that could hold the event loop for long.

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

const lines = (bytes: number, line: (index: number) => string): string => {
  const all: string[] = [];
  for (let [length, index] = [0, 0]; length < bytes; index += 1) {
    const next = line(index);
    all.push(next);
    length += next.length + 1;
  }
  return all.join('\n');
};

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

/** Compared with each other. */
export const PLAIN = 'plain text, 1 MB';
export const FINDINGS = 'mail addresses, 1 MB';

export const CORPUS: readonly Hostile[] = [
  { name: PLAIN, body: () => says(lines(MEGABYTE, () => 'The quick brown fox.')) },
  { name: 'plain text, 20 MB', body: () => says(lines(20 * MEGABYTE, () => 'The quick fox.')) },
  { name: 'phone numbers, 1 MB', body: () => says(lines(MEGABYTE, phone)) },
  { name: FINDINGS, body: () => says(lines(MEGABYTE, mail)) },
  {
    name: 'addresses of one network, 1 MB',
    body: () => says(lines(MEGABYTE, (n) => `8.${n >> 14}.${(n >> 7) & 127}.${(n & 127) + 1}`)),
  },
  {
    name: 'table of customers, 2 MB',
    body: () => says(lines(2 * MEGABYTE, (n) => `${n},${mail(n)},${phone(n)},active`)),
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
  { name: 'zeros', body: () => withField(`[${'0,'.repeat(900_000)}0]`) },
  { name: 'deep nesting', body: () => withField('['.repeat(DEPTH) + ']'.repeat(DEPTH)) },
  { name: 'a number of 10 MB', body: () => withField('1'.repeat(10 * MEGABYTE)) },
  { name: 'escapes, 5 MB', body: () => says('\n"\\'.repeat(MEGABYTE)) },
  { name: 'one word, 5 MB', body: () => says('a'.repeat(5 * MEGABYTE)) },
  { name: 'digits, 5 MB', body: () => says('1234567890'.repeat(MEGABYTE / 2)) },
  { name: 'confusables, 1 MB', body: () => says('１𝟒\u200b'.repeat(MEGABYTE / 4)) },
  { name: 'overlapping secrets, 1 MB', body: () => says('password=token='.repeat(MEGABYTE / 15)) },
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
    body: () => says([document(mail(1)), { type: 'text', text: 'Who?' }]),
    response: 'citations',
  },
  {
    name: 'gzip of 30 MB of newlines',
    body: () => says(mail(1), { stream: true }),
    response: 'blank-lines',
  },
];
