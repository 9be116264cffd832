import { describe, expect, it } from 'vitest';
import {
  isPlainValue,
  mayBeAssigned,
  plainNameEnd,
  plainOperatorEnd,
} from '../../../../../shared/privacy/detect/assignment-start.ts';

function mayAssign(text: string): boolean {
  const name = text.indexOf('key');
  // The dashes of an option belong to its name.
  return mayBeAssigned(text, text.startsWith('--') ? 0 : name, name + 'key'.length);
}

describe('mayBeAssigned()', () => {
  it.each([
    'key = "x1"',
    'key="x1"',
    '"key": "x1"',
    '\\"key\\": x1',
    'key := x1',
    'key => x1',
    'key ?= x1',
    'key += x1',
    'key ||= x1',
    'key != "x1"',
    'key <- "x1"',
    'key: x1',
    'key：x1',
    'key is x1',
    'key("x1")',
    "key, 'x1'",
    'key") || "x1"',
    'key).fill("x1")',
    'key.equals("x1")',
    "'key', default='x1'",
    'key", type=str, default="x1"',
    'key (admin): x1',
    'key(admin): x1',
    'key ......: x1',
    'key[16] = "x1"',
    'key string = "x1"',
    'key As String = "x1"',
    'key "x1"',
    'key b"x1"',
    '--key x1',
    'ENV key x1',
    '<key>x1</key>',
    '<key a="b">x1</key>',
    '&lt;key&gt;x1&lt;/key&gt;',
    'name="key"\n\nx1',
    'key</td><td>x1',
    '**key:** x1',
    'keystring = "x1"',
    'key\u00a0: x1',
  ])('allows %j', (text) => {
    expect(mayAssign(text)).toBe(true);
  });

  it.each([
    'the key of the house',
    'key;',
    'key',
    'key}',
    'key, other',
    'key)',
    'key) {',
    'key.length',
    'key(x)',
    'key/x',
    'key-x',
    'key\n"x1"',
    '"key"',
    '`key` typed',
    'key && x',
    'key?.x',
    'key | x',
    'key + x',
  ])('refuses %j', (text) => {
    expect(mayAssign(text)).toBe(false);
  });
});

describe('plain assignments', () => {
  it('end the name before its blanks, but not with a quote or a remark', () => {
    expect(plainNameEnd('key  = x', 3)).toBe(5);
    expect(plainNameEnd('key" = x', 3)).toBeUndefined();
    expect(plainNameEnd('key (a): x', 3)).toBeUndefined();
  });

  it.each([
    [': x', 1],
    ['= x', 1],
    ['== x', undefined],
    [':: x', undefined],
    ['=> x', undefined],
    [':= x', undefined],
    [':** x', undefined],
    ['< x', undefined],
  ])('read the operator of %j', (text, end) => {
    expect(plainOperatorEnd(text, 0)).toBe(end);
  });

  it.each(['string;', 'unknown', 'foo.bar,', 'a b'])('take %j for the value', (text) => {
    expect(isPlainValue(text, 0)).toBe(true);
  });

  it.each([
    '"x"',
    'string = "x"',
    'string | null = "x"',
    'env.KEY || "x"',
    'env.KEY or "x"',
    'md5("x")',
    'std::string("x")',
    'b"x"',
    '1',
    '',
  ])('do not take %j for the value', (text) => {
    expect(isPlainValue(text, 0)).toBe(false);
  });
});
