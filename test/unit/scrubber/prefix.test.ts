// Keeps the upstream's prompt cache and signed thinking valid: each turn is a byte prefix of the next, and
// restored values scrub back to what the model wrote. Exceptions have their own tests with reasons.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { IssuedValues } from '../../../shared/privacy/vault.ts';
import { restoreText } from '../../../services/ingress/restore/restore-text.ts';
import { conversations, CACHE_MARKER } from '../../kit/conversations.ts';
import { fakeKey } from '../../kit/fake-key.ts';
import { scrubbing, tokensIn } from '../../kit/scrubbing.ts';
import { checkProperty } from '../../kit/properties.ts';

/** In the fixtures; forwarded nowhere except in thinking. */
const PERSONAL = [
  /ann\.lee|bob\.roy|carla\.diaz/,
  /4111|5555|DE89|GB82WEST|219-09|hx7Kq2|qT6wLr|glpat/,
  /81\.169\.145\.97|f0:18:98|555-0132|7946/,
];

const inJson = (value: string): string => JSON.stringify(value).slice(1, -1);

describe.each(conversations())('the conversation $name', ({ bodies }) => {
  it('is a byte prefix of its next turn, up to the moving cache marker', async () => {
    const scrub = scrubbing();
    const sent: string[] = [];
    for (const body of bodies) sent.push((await scrub(body)).text);
    expect(sent.length).toBeGreaterThan(2);
    expect(sent.at(-1)).toContain(CACHE_MARKER);
    for (const [turn, text] of sent.slice(0, -1).entries()) {
      const next = sent[turn + 1] ?? '';
      const mark = text.lastIndexOf(CACHE_MARKER);
      // A string message has no block to mark; only the closing brackets differ then.
      expect(next.startsWith(text.slice(0, mark < 0 ? -']}'.length : mark)), `${turn}`).toBe(true);
      const unmarked = text.replace(CACHE_MARKER, '').slice(0, -']}'.length);
      expect(next.replace(CACHE_MARKER, '').startsWith(unmarked), `${turn}`).toBe(true);
    }
  });

  it('is the same from a replica that has seen none of it', async () => {
    const scrub = scrubbing();
    for (const body of bodies.slice(0, -1)) await scrub(body);
    const last = bodies.at(-1) ?? '';
    expect((await scrubbing()(last)).text).toBe((await scrub(last)).text);
  });

  it('contains no personal data upstream, and all of it when restored', async () => {
    for (const body of bodies) {
      const { text, vault } = await scrubbing()(body);
      for (const personal of PERSONAL) expect(text).not.toMatch(personal);
      expect(tokensIn(text).length).toBeGreaterThan(0);
      expect(restoreText(text, vault.values, inJson)).toBe(body);
    }
  });

  it('keeps its thinking byte for byte', async () => {
    const last = bodies.at(-1) ?? '';
    const thinking = last.match(/\{"type":"(?:redacted_)?thinking".*?\}/g) ?? [];
    expect(thinking.length).toBeGreaterThan(0);
    const { text } = await scrubbing()(last);
    expect(text.match(/\{"type":"(?:redacted_)?thinking".*?\}/g)).toEqual(thinking);
  });
});

/** Values that are found in any context, by entity. */
const VALUES = {
  EMAIL: 'ann.lee@corp-mail.org',
  CARD: '4111111111111111',
  GROUPED: '5555 5555 5555 4444',
  IBAN: 'DE89 3704 0044 0532 0130 00',
  PHONE: '+44 20 7946 0123',
  BRACKETED: '(415) 555-0132',
  SSN: '219-09-9999',
  IP: '81.169.145.97',
  IPV6: '2a02:8106:19a::1f2e',
  MAC: 'f0:18:98:2a:3b:4c',
  NIF: '12345678Z',
  WALLET: '1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa',
  KEY: fakeKey('glpat-{w20}', 3),
  NHS: 'NHS number 943 476 5919',
  LOGIN: 'smtps://mailer:hx7Kq2vWz9@smtp.corp-mail.org:465',
  PASSWORD: 'password = "Harbour!2291x"',
} as const;

/** The tokens issued for all of these, by the same names. */
async function issued() {
  const scrub = scrubbing();
  const names = Object.keys(VALUES);
  const { text, vault } = await scrub(JSON.stringify({ texts: Object.values(VALUES) }));
  const tokens = tokensIn(text);
  const tokenByName = new Map(names.map((name, place) => [name, tokens[place] ?? '']));
  /** The model's text after restoring it for the client and scrubbing it again. */
  const roundTrip = async (written: string, values: IssuedValues = vault.values) => {
    const restored = restoreText(written, values);
    const { text: back } = await scrub(JSON.stringify({ text: restored }));
    return { restored, back: (JSON.parse(back) as { text: string }).text };
  };
  return { tokenByName, roundTrip };
}

/** Characters that no value contains and that commonly surround values in code, prose and Markdown. */
const DELIMITERS = Array.from(' \t\n\r"\'`,;|*?&#\\{}[。，、“”‘’…');

describe('what a model writes with placeholders in it', () => {
  it('is unchanged by restoring and scrubbing', async () => {
    const { tokenByName, roundTrip } = await issued();
    const names = new Set(Object.keys(VALUES));
    // These need context; see below.
    for (const name of ['NHS', 'LOGIN', 'PASSWORD']) names.delete(name);
    const token = fc.constantFrom(...names).map((name) => tokenByName.get(name) ?? '');
    const part = fc.oneof(
      { weight: 3, arbitrary: token },
      // Truncated, invented, and unrelated text.
      fc
        .tuple(token, fc.nat(17))
        .map(([complete, length]) => complete.slice(0, length))
        // By chance a word for a password.
        .filter((cut) => !cut.endsWith('_psw')),
      token.map((complete) => `${complete.slice(0, -8)}zzzzzzzz`),
      fc.constantFrom('the', 'PII', 'id', 'b2', 'Ω', '😀', 'const'),
    );
    const delimiter = fc.constantFrom(...DELIMITERS);
    const written = fc.array(fc.tuple(part, delimiter), { minLength: 1, maxLength: 8 });
    await checkProperty(
      fc.asyncProperty(delimiter, written, async (first, parts) => {
        // A list of addresses with passwords; see below.
        const address = tokenByName.get('EMAIL');
        fc.pre(!parts.some(([what, sign]) => what === address && ';|\t'.includes(sign)));
        const text = first + parts.flat().join('');
        expect((await roundTrip(text)).back).toBe(text);
      }),
      { runs: 1_000 },
    );
  });

  /**
   * What is found of the model's text when it stands alone: more than the value, which only costs the
   * cache, or nothing. In a conversation the scrubber knows the values from earlier texts.
   */
  it.each([
    // Adjacent: the value ends elsewhere when it is part of a longer word.
    ['a letter before an address', 'a<EMAIL>', 'more'],
    ['a letter after an address', '<EMAIL>a', 'more'],
    ['a host after an address', '<EMAIL>.uk', 'more'],
    ['digits before a card', '12<CARD>', 'none'],
    ['letters before a bank account', 'x<IBAN>', 'none'],
    // A dash in prose normalizes to a dash that an address may contain.
    ['a long dash between digits and an address', '12—<EMAIL>', 'more'],
    ['a colon and digits after an IPv6 address', '<IPV6>:12', 'more'],
    ['an extension after a phone number', '<PHONE> x2', 'more'],
    // The label of a broken placeholder is a keyword like any other.
    ['digits after a phone number', 'PII_PHONE <PHONE> 12', 'more'],
    // Characters that mean something else in code: a call, an amount of money.
    ['an opening bracket after an address', '<EMAIL>(', 'none'],
    ['a currency sign before a card', '$<CARD>', 'none'],
    ['a closing bracket before a phone number', ')<BRACKETED>', 'none'],
    ['a colon before a MAC address', 'at:<MAC>', 'none'],
    ['a path before an IP address', 'b/<IP>', 'none'],
    ['a comparison before an IP address', '==<IP>', 'none'],
    // A finding depends on its own text only, and the keyword is not in this one.
    ['a number without its keyword', 'It is <NHS>.', 'none'],
    ['a login without its URL', 'Use <LOGIN>.', 'none'],
    ['a word with digits in a list of addresses', '<EMAIL>;rainy77boots', 'more'],
    ['another word before a login', 'The login is <LOGIN>.', 'more'],
    ['a password without its name', 'Use <PASSWORD>.', 'none'],
  ])('changes with %s: %s', async (_what, written, expected) => {
    const { tokenByName, roundTrip } = await issued();
    const text = written.replaceAll(
      /<([A-Z\d]+)>/g,
      (_match, name: string) => tokenByName.get(name) ?? '',
    );
    const { restored, back } = await roundTrip(text);
    const changed = back === restored ? 'none' : 'more';
    expect(back === text ? 'the same' : changed).toBe(expected);
  });
});
