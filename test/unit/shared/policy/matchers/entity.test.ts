import { createSecretKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { DETECTORS } from '../../../../../shared/privacy/detect/detectors.ts';
import { createScanner } from '../../../../../shared/privacy/detect/scan.ts';
import { placeholderOf } from '../../../../../shared/privacy/placeholders.ts';
import { compiled, found } from '../../../../kit/policies.ts';

const scanner = createScanner(DETECTORS);
const scan = (text: string) => scanner.scan(text);
const entity = (...entities: string[]) => ({ type: 'entity', entities });
const token = (label: string) => placeholderOf(createSecretKey(Buffer.from('key')), label, 'value');

describe('the entity matcher', () => {
  it.each([
    ['raw', 'write to ann.lee@corp-mail.org', 'ann.lee@corp-mail.org'],
    ['as a placeholder', `write to ${token('EMAIL')}`, token('EMAIL')],
    ['as a redaction word', 'write to [REDACTED_EMAIL_ADDRESS]', '[REDACTED_EMAIL_ADDRESS]'],
  ])('finds an address %s', (_, text, hit) => {
    expect(found(entity('EMAIL_ADDRESS'), text, {}, { scan })).toEqual([hit]);
  });

  it.each([
    ['of another entity', `${token('PHONE')} and 4111 1111 1111 1111`],
    ['that only looks like a placeholder', 'PII_EMAIL_ABC PII_EMAIL_12345678'],
    ['redacted by another name', '[REDACTED_CODENAMES]'],
  ])('ignores data %s', (_, text) => {
    expect(found(entity('EMAIL_ADDRESS'), text, {}, { scan })).toEqual([]);
  });

  it('finds all entities with a prefix, and those that share a label', () => {
    expect(found(entity('CREDIT_*'), '4111 1111 1111 1111', {}, { scan })).toHaveLength(1);
    const secrets = DETECTORS.filter(({ label }) => label === 'SECRET').map((one) => one.entity);
    expect(secrets.length).toBeGreaterThan(1);
    expect(found(entity(secrets[0] ?? ''), token('SECRET'))).toHaveLength(1);
    expect(found(entity('*'), `${token('SECRET')} ${token('IBAN')}`)).toHaveLength(2);
  });

  it('finds custom entities by name', () => {
    expect(found(entity('BADGE_NUMBER'), 'a [REDACTED_BADGE_NUMBER]')).toHaveLength(1);
  });

  it('finds a placeholder once, and raw data on both sides of it', () => {
    const text = `${token('EMAIL')}@corp-mail.org ann.lee@corp-mail.org, ${token('EMAIL')} bob@corp-mail.org`;
    expect(found(entity('EMAIL_ADDRESS'), text, {}, { scan })).toEqual([
      token('EMAIL'),
      'ann.lee@corp-mail.org',
      token('EMAIL'),
      'bob@corp-mail.org',
    ]);
  });

  it('handles a megabyte of both', () => {
    const text = `${token('EMAIL')} ann.lee@corp-mail.org `.repeat(24_000);
    expect(found(entity('*'), text, {}, { scan })).toHaveLength(48_000);
  });

  it('supports a minimum count', () => {
    const matcher = { ...entity('EMAIL_ADDRESS'), count_min: 3 };
    const policy = compiled([{ id: 'a', match: { any: [matcher] }, action: 'flag' }]);
    expect(policy.rules[0]?.texts.any[0]?.countMin).toBe(3);
  });

  it.each([
    [entity(), 'must not be empty'],
    [entity('email'), 'must be an entity such as EMAIL_ADDRESS'],
    [{ ...entity('A'), count_min: 0 }, 'count_min: must be at least 1'],
  ])('rejects %j', (matcher, message) => {
    expect(() => compiled([{ id: 'a', match: { any: [matcher] }, action: 'flag' }])).toThrow(
      message,
    );
  });
});
