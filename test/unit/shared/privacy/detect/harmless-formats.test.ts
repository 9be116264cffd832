import { createSecretKey } from 'node:crypto';
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  isInHarmlessFormat,
  isInPlaceholder,
} from '../../../../../shared/privacy/detect/harmless-formats.ts';
import { placeholderOf } from '../../../../../shared/privacy/placeholders.ts';

const hash = (name: string, encoding: 'hex' | 'base64') =>
  createHash(name).update('seed 7').digest(encoding);

/** Checks `part` within `text`. */
function isInside(text: string, part: string): boolean {
  const start = text.indexOf(part);
  expect(start).not.toBe(-1);
  return isInHarmlessFormat(text, start, start + part.length);
}

describe('a finding in a harmless format', () => {
  const uuid = '550e8400-e29b-41d4-a716-446655440000';
  const integrity = `sha512-${hash('sha512', 'base64')}`;

  it.each([
    [uuid, '446655440000'],
    [`urn:uuid:${uuid.toUpperCase()}`, '446655440000'],
    [`session_${uuid}`, '446655440000'],
    [`"${uuid}.json"`, '446655440000'],
    [`toolu_${'01'.repeat(11)}`, '0101010'],
    [`srvtoolu_${'01'.repeat(11)}`, '0101010'],
    [`msg_${'01'.repeat(11)}`, '0101010'],
    [`req_${'01'.repeat(11)}`, '0101010'],
    ...['md5', 'sha1', 'sha256', 'sha512'].map((name) => [
      `commit ${hash(name, 'hex')}\n`,
      hash(name, 'hex').slice(5, 20),
    ]),
    [`"integrity": "${integrity}"`, integrity.slice(20, 35)],
    [`"integrity": "sha1-${'a1B2'.repeat(6)}abc="`, 'B2a1B2'],
  ] as [string, string][])('is inside %s', (text, part) => {
    expect(isInside(text, part)).toBe(true);
  });

  it.each([
    [`${uuid} 446655440001`, '446655440001'],
    [`x${uuid}`, '446655440000'],
    [`${uuid}0`, '4466554400000'],
    [`${hash('md5', 'hex')}ab 12`, hash('md5', 'hex')],
    [`${hash('md5', 'hex')}@acme.io`, `${hash('md5', 'hex')}@acme.io`],
    ['msg_0101', '0101'],
    ['my_msg 123-45-6789', '123-45-6789'],
    ['123-45-6789', '123-45-6789'],
    [`sha512-${'1'.repeat(10)}`, '1111111111'],
  ] as [string, string][])('is not inside %s', (text, part) => {
    expect(isInside(text, part)).toBe(false);
  });

  it('may be a placeholder', () => {
    const token = placeholderOf(createSecretKey(Buffer.from('key')), 'EMAIL', 'jane@acme.io');
    const text = `<${token}>`;
    const suffix = text.indexOf(token.slice(10));
    expect(isInPlaceholder(text, suffix, suffix + 8)).toBe(true);
    expect(isInPlaceholder(text, 1, 1 + token.length)).toBe(true);
    expect(isInPlaceholder(text, 0, 1 + token.length)).toBe(false);
    expect(isInPlaceholder('PII_EMAIL_7k3', 10, 13)).toBe(false);
  });
});
