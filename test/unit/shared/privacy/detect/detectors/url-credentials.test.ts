import { describe, expect, it } from 'vitest';
import { urlCredentials } from '../../../../../../shared/privacy/detect/detectors/url-credentials.ts';
import { fakeKey } from '../../../../../kit/fake-key.ts';
import { secretsIn } from '../../../../../kit/find-secret.ts';

const DETECTORS = [urlCredentials];
const token = fakeKey('{w40}');

describe('urlCredentials', () => {
  it.each([
    ['https://jo:s3cr3t@git.example.com/a.git', 'jo:s3cr3t'],
    ['postgres://app:s3cr3t@db:5432/main', 'app:s3cr3t'],
    ['DATABASE_URL="postgresql+asyncpg://app:p%40ss@10.0.0.5/main"', 'app:p%40ss'],
    ['mysql://root:toor@localhost/shop', 'root:toor'],
    ['mongodb+srv://jo:Xy12!z@cluster0.abcde.mongodb.net/?w=1', 'jo:Xy12!z'],
    ['mongodb://u:pa55@h1:27017,h2:27017/db', 'u:pa55'],
    ['redis://:hunter22@cache:6379/0', 'hunter22'],
    ['rediss://default:hunter22@cache', 'default:hunter22'],
    ['amqp://guest:guest@localhost', 'guest:guest'],
    ['amqps://u:pw12,amqps@mq', 'u:pw12,amqps'],
    ['jdbc:sqlserver://sa:Passw0rd@db', 'sa:Passw0rd'],
    ['sftp://jo:pa:ss@host', 'jo:pa:ss'],
    ['smtp://jo@example.com:pw1234@mail.example.com', 'jo@example.com:pw1234'],
    ['postgres://postgres:postgres@localhost:5432/postgres', 'postgres:postgres'],
    ['postgres://app:p/a?ss#1@db/main', 'app:p/a?ss#1'],
    ['http://jo:s3cr3t@[::1]:8080/', 'jo:s3cr3t'],
    [`https://${token}@github.com/a/b.git`, token],
    ['mysql://devuser:mySecret2024@10.0.0.3:3306/dev_db', 'devuser:mySecret2024'],
    ['mongodb://admin:secretKey456@cluster.mongodb.net/admin', 'admin:secretKey456'],
    ['redis://:adminToken99@cache:6379', 'adminToken99'],
    ['proxy http://jo:s3cr3t@proxy.corp:3128, then', 'jo:s3cr3t'],
  ])('finds user and password in %s', (text, login) => {
    expect(secretsIn(DETECTORS, text)).toEqual([`URL_CREDENTIALS ${login}`]);
  });

  it.each([
    'password',
    'PASS',
    'pwd',
    'secret',
    'token',
    'your-password',
    'changeme',
    'changeme123',
    'mypassword',
    'password123',
    'password_123',
    'testpassword1',
    'xxxxxxxx12',
    '********',
    '...',
    '$PASSWORD',
    '${PASSWORD}',
    '{{password}}',
    '{password}',
    '%s',
    '***',
    '<password>',
    '[password]',
    '$(cat pw)',
    '#{pw}',
    'xxxx',
    '',
    'PII_SECRET_7k3qx2ta',
  ])('finds nothing where the password is %s', (password) => {
    expect(secretsIn(DETECTORS, `postgres://app:${password}@db/main`)).toEqual([]);
    expect(secretsIn(DETECTORS, `https://app:${password}@host/`)).toEqual([]);
  });

  it.each([
    'https://example.com/path@2x.png',
    'https://registry.example.com:8080/@scope/name',
    'postgres://db:5432/main?user=a@b',
    'https://medium.com/@jo',
    'ssh://git@github.com/a/b.git',
    'https://jo@example.com/',
    'see http://localhost:3000 or mail a:b@c.d',
    'const url = `https://${user}:${password}@${host}`',
    '://jo:s3cr3t@host',
    'https://the-name-of-a-rather-long-user@example.com',
  ])('finds nothing in %s', (text) => {
    expect(secretsIn(DETECTORS, text)).toEqual([]);
  });

  it('is limited to the length of an authority', () => {
    expect(secretsIn(DETECTORS, `https://jo:${'s3cr3t'.repeat(100)}@host`)).toEqual([]);
  });
});
