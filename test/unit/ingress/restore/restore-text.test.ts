import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { restoreText } from '../../../../services/ingress/restore/restore-text.ts';
import * as tokens from '../../../kit/placeholders.ts';
import { checkProperty } from '../../../kit/properties.ts';
import { issued } from '../../../kit/vaults.ts';

const { EMAIL, HALF, LOOP, SECRET, SHORTEST, UNKNOWN, VALUES } = tokens;

describe('restoreText', () => {
  it.each([
    ['a token alone', EMAIL, 'ann.miller@corp.example'],
    ['adjacent tokens', `${EMAIL}${EMAIL}`, 'ann.miller@corp.exampleann.miller@corp.example'],
    ['a token between letters', `x${EMAIL}y_PII`, 'xann.miller@corp.exampley_PII'],
    [
      'a token after a truncated one',
      `PII_EMAIL_7k3qx5t${EMAIL}`,
      'PII_EMAIL_7k3qx5tann.miller@corp.example',
    ],
    ['a value with replacement patterns', SECRET, 'a$&b$1$`[x]\\u0041\\'],
    ['a value that is a token, once', LOOP, EMAIL],
    ['a value that becomes a token with the text after it, once', `${HALF}7k3qx5ta`, EMAIL],
    ['an empty value', `a${tokens.EMPTY}b`, 'ab'],
    ['a lone surrogate', SHORTEST, '\ud800 lone'],
  ])('restores %s', (_, text, restored) => {
    expect(restoreText(text, issued(VALUES))).toBe(restored);
  });

  it.each([
    ['a token that was not issued', UNKNOWN],
    ['a truncated token', EMAIL.slice(0, -1)],
    ['a token with a space', 'PII_EMAIL_ 7k3qx5ta'],
    ['nothing', ''],
  ])('keeps %s', (_, text) => {
    expect(restoreText(text, issued(VALUES))).toBe(text);
  });

  it('ignores inherited properties', () => {
    const inherited = Object.create({ [EMAIL]: 'inherited' }) as Record<string, string>;
    expect(restoreText(EMAIL, issued(inherited))).toBe(EMAIL);
    expect(restoreText('__proto__ constructor PII_PROTO_aaaaaaaa', issued({}))).toBe(
      '__proto__ constructor PII_PROTO_aaaaaaaa',
    );
    const bare = Object.assign(Object.create(null) as Record<string, string>, VALUES);
    expect(restoreText(EMAIL, issued(bare))).toBe('ann.miller@corp.example');
  });

  it('agrees with a naive search for each token', () => {
    checkProperty(
      fc.property(tokens.placeholderText, (text) => {
        expect(restoreText(text, issued(VALUES))).toBe(tokens.slowlyRestored(text));
      }),
    );
  });
});
