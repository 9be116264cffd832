import { describe, expect, it } from 'vitest';
import {
  isSecretValue,
  mayBeginSecret,
  mayBeSecret,
  type NamedValue,
} from '../../../../../shared/privacy/detect/secret-value.ts';

const quoted: NamedValue = { kind: 'password', word: 'password', notation: 'quoted' };
const plain: NamedValue = { kind: 'secret', word: 'secret', notation: 'plain' };
const prose: NamedValue = { kind: 'password', word: 'password', notation: 'prose' };
const bare: NamedValue = { kind: 'password', word: 'password', notation: 'bare' };
const weak: NamedValue = { kind: 'weak', word: 'token', notation: 'quoted' };

describe('isSecretValue()', () => {
  it.each([
    ['hunter22', quoted],
    ['A0$Ufie$Kthko!w', quoted],
    ['ab12cd', quoted],
    ['Wq7!fennel-Lark', quoted],
    ['/VnpmUGWxhQW9KQAwrL2ZYdDJPNG1PQjYxMXNPaF', quoted],
    ['correct-horse-battery-staple-91', plain],
    ['Correct_Horse_Battery_Staple', plain],
    ['purple-monkey-dishwasher-2024', plain],
    ['maple.otter.quartz.violin.7', quoted],
    ['hunter22', prose],
    ['IhqSb1Gg', prose],
    ['Winter2026!', prose],
    ['Plover!42x', bare],
    ['hx7Kq2vWz9', bare],
    ['AIhq5Xyb1Gga9Q0', weak],
    ['yN5muNwNroWEsgj7qHo90HzkbacCQTLr', weak],
  ])('holds for %s', (value, named) => {
    expect(isSecretValue(value, named)).toBe(true);
  });

  it.each([
    ['ab1', quoted],
    ['password', quoted],
    ['changeme', quoted],
    ['<your-key-1>', quoted],
    ['xxxx1234', quoted],
    ['${DB_PASSWORD_1}', quoted],
    ['process.env.PASSWORD1', quoted],
    ['([a-f0-9]{48}(?![a-f0-9]))', quoted],
    ['[A-Za-z0-9]{8,}', quoted],
    ['^(?=.*\\d).{8,}$1', quoted],
    ['\\w+1', quoted],
    ['generatePassword(12)', quoted],
    ['Map<String,Value1>', quoted],
    ['/etc/secrets/password1', quoted],
    ['auth.form.password-2.label', quoted],
    ['purple-monkey-dishwasher', plain],
    ['int32', quoted],
    ['sha256', quoted],
    ['abc123', quoted],
    ['RenderPass2', prose],
    ['UInt64', prose],
    ['jo.lee1@example.com', prose],
    ['user.password1', prose],
    ['hash2', bare],
    ['hashed12', bare],
    ['user.name12', bare],
    ['Password2Type', bare],
    ['access_token_v2', weak],
    ['hunter22', weak],
    ['Utf8Decoder22', weak],
  ])('does not hold for %s', (value, named) => {
    expect(isSecretValue(value, named)).toBe(false);
  });

  it('takes a value followed by a bracket for a call', () => {
    expect(isSecretValue('makeKey2048x!7', { ...bare, next: '(' })).toBe(false);
  });
});

describe('mayBeSecret()', () => {
  it.each([
    'hunter22',
    'Wq7!fennel-Lark',
    'Correct_Horse_Battery_Staple',
    'purple-monkey-dish-washer',
  ])('allows %j, also within more text', (value) => {
    expect(mayBeSecret(value, 0, value.length)).toBe(true);
    expect(mayBeSecret(`of ${value} is`, 3, 3 + value.length)).toBe(true);
  });

  it.each(['string', 'undefined;', 'foo.bar', 'Unknown', 'someValue', ''])(
    'refuses %j',
    (value) => {
      expect(mayBeSecret(value, 0, value.length)).toBe(false);
    },
  );
});

describe('mayBeginSecret()', () => {
  it('reads up to the next blank, and as far as it is told to', () => {
    expect(mayBeginSecret('x hunter22 y', 2, 64)).toBe(true);
    expect(mayBeginSecret('x hunter22 y', 0, 64)).toBe(false);
    expect(mayBeginSecret('hunter22', 0, 6)).toBe(false);
    expect(mayBeginSecret('undefined', 0, 64)).toBe(false);
  });
});
