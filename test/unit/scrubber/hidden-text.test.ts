import { describe, expect, it } from 'vitest';
import {
  hiddenTexts,
  percentDecoded,
  utf8OfLatin1,
} from '../../../services/scrubber/hidden-text.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('other readings of a text', () => {
  it.each([
    ['plain words, and 12 + 3', []],
    ['', []],
    ['6f1f3a52-5b0e-4b8c-9d61-0a1f6c7e2b11', []],
    ['a%20b', ['a b']],
    ['a%2520b', ['a%20b', 'a b']],
    ['100%', []],
    ['caf\xe9', []],
    ['\\u0041\\"\\/', ['A"/']],
    ['&#65;&#x42;', ['AB']],
    ['=?utf-8?Q?a_b=21?=', ['a b!']],
    [base64('hello, world'), ['hello, world']],
    [`x=${base64('first word')};y=${base64('second one')}`, ['first word\nsecond one']],
    [base64('a%40b.com, hello'), ['a%40b.com, hello', 'a@b.com, hello']],
    [base64('\0\x01\x02 binary'), []],
  ])('%j are %j', (text, expected) => {
    expect([...hiddenTexts(text)]).toEqual(expected);
  });
});

it.each([
  ['%41%c3%a9', 'Aé'],
  ['%e9%', 'é%'],
  ['é%41', 'éA'],
  ['%E4%BD%A0', '你'],
  ['plain', 'plain'],
])('percent-decodes %j to %j', (text, expected) => {
  expect(percentDecoded(text)).toBe(expected);
});

it.each([
  ['zo\xc3\xab', 'zoë'],
  ['zo\xeb', undefined],
  ['zoe', undefined],
  ['zoë 你', undefined],
])('reads the bytes of %j as %j', (text, expected) => {
  expect(utf8OfLatin1(text)).toBe(expected);
});
