import { describe, expect, it } from 'vitest';
import {
  isPlaceholderSecret,
  isTemplate,
} from '../../../../../shared/privacy/detect/placeholder-secret.ts';

describe('isPlaceholderSecret()', () => {
  it.each([
    'changeme',
    'your-api-key-here',
    'YOUR_SECRET_TOKEN',
    'xxxxxxxx',
    'test1234',
    'password123',
    'MyTestPassword',
    '00000000',
    'replace_with_your_own_password'.replace('own_', ''),
    'aaaaaaaaaaaa',
  ])('holds for %s', (text) => {
    expect(isPlaceholderSecret(text)).toBe(true);
  });

  it.each(['Password123!', 'hunter22', 'test1234zq', 'passw0rd', 'mypassw0rd$', 'x'.repeat(129)])(
    'does not hold for %s',
    (text) => {
      expect(isPlaceholderSecret(text)).toBe(false);
    },
  );
});

describe('isTemplate()', () => {
  it.each([
    '${PASSWORD}',
    'pre-${X}-post',
    '$(pass show db)',
    '{{ password }}',
    '<%= password %>',
    '#{password}',
    '%s',
    '%(password)s',
    '%PASSWORD%',
    '<password>',
    '[password]',
    '{password}',
    '__PASSWORD__',
    '@db.password@',
    '$PASSWORD',
    '$env:PASSWORD',
    'process.env.PASSWORD',
    'os.environ["PASSWORD"]',
    'vault:secret/db#password',
    'op://vault/db/password',
    'arn:aws:secretsmanager:eu-west-1:1:secret:db',
    '********',
    '••••••••',
    'sk-ant-...',
    'abcd…wxyz',
    'sk_XXXXXXXX',
    'PII_SECRET_7k3qx2ta',
  ])('holds for %s', (text) => {
    expect(isTemplate(text)).toBe(true);
  });

  it.each(['hunter22', 'p@ss[1]word', '$2b$10$abcdefgh', 'a%20b', 'user@host', '100%', 'a<b>c'])(
    'does not hold for %s',
    (text) => {
      expect(isTemplate(text)).toBe(false);
    },
  );
});
