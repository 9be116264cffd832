import { describe, expect, it } from 'vitest';
import { genericSecret } from '../../../../../../shared/privacy/detect/detectors/generic-secret.ts';
import { fakeKey } from '../../../../../kit/fake-key.ts';
import { secretsIn } from '../../../../../kit/find-secret.ts';

const DETECTORS = [genericSecret];
const key = fakeKey('{w32}');

describe('genericSecret', () => {
  it.each([
    // Source code.
    ['const password = "hunter22";', 'hunter22'],
    ["password: 'S3cr3t!pw',", 'S3cr3t!pw'],
    ['password: string = "hunter22"', 'hunter22'],
    ['val apiKey = "k3ys-9Qm2xZ81"', 'k3ys-9Qm2xZ81'],
    ['self.secret_key = b"k3ys-9Qm2xZ81"', 'k3ys-9Qm2xZ81'],
    ['dbPassword := `hunter22`', 'hunter22'],
    [":password => 'hunter22'", 'hunter22'],
    ['$config["password"] = "hunter22";', 'hunter22'],
    ["define('DB_PASSWORD', 'hunter22');", 'hunter22'],
    ['#define PASSWORD "hunter22"', 'hunter22'],
    ['.password("Hunter22!")', 'Hunter22!'],
    ['if (password === "hunter22") {', 'hunter22'],
    ['const s = process.env.JWT_SECRET || "dev-9f83jKd02";', 'dev-9f83jKd02'],
    ['const s = process.env["JWT_SECRET"] ?? "dev-9f83jKd02";', 'dev-9f83jKd02'],
    ['const secret =\n  "k3ys-9Qm2xZ81";', 'k3ys-9Qm2xZ81'],
    ["CREATE USER jo WITH PASSWORD 'hunter22';", 'hunter22'],
    ["CREATE USER jo IDENTIFIED BY 'hunter22';", 'hunter22'],
    [`const token = "${key}"`, key],
    // Sentences.
    ['call me, password=hx7Kq2vWz9 as ever', 'hx7Kq2vWz9'],
    ['the pwd: hx7Kq2vWz9', 'hx7Kq2vWz9'],
    // Settings.
    ['DB_PASSWORD=hunter22', 'hunter22'],
    ['A=1\nexport API_KEY=abc123def456ghi7\nB=2', 'abc123def456ghi7'],
    ['A=1\\nAPI_KEY=abc123def456ghi7\\nB=2', 'abc123def456ghi7'],
    ['DB_PASS=p@ss&w0rd;x(1 # the old one', 'p@ss&w0rd;x(1'],
    ['SECRET_KEY_BASE=2f9c8e1b7a6d5c4b3a2f1e0d', '2f9c8e1b7a6d5c4b3a2f1e0d'],
    ['API_KEY_STRIPE=k3ys9Qm2xZ81', 'k3ys9Qm2xZ81'],
    ['spring.datasource.password=hunter22', 'hunter22'],
    ['db:\n  password: hunter22\n  port: 1', 'hunter22'],
    ['- secret: aGVsbG8gd29ybGQhISE=', 'aGVsbG8gd29ybGQhISE='],
    ['Password: hunter22', 'hunter22'],
    ['{"client_secret":"a8F3kd92LmQ0"}', 'a8F3kd92LmQ0'],
    ['{\\"password\\":\\"hunter22\\"}', 'hunter22'],
    ['{\\\\\\"password\\\\\\": \\\\\\"hunter22\\\\\\"}', 'hunter22'],
    ['<password>hunter22</password>', 'hunter22'],
    ['<user password="hunter22" />', 'hunter22'],
    ['Server=db;User Id=sa;Password=hunter22;Encrypt=true', 'hunter22'],
    ['https://a.example/?user=a&password=hunter22&x=1', 'hunter22'],
    ['//registry.example/:_authToken=' + key, key],
    // Commands and prose.
    ['mysqldump --password=hunter22 db', 'hunter22'],
    ['az login --password hunter22 -t x', 'hunter22'],
    ["tool --api-key 'k3ys9Qm2xZ81'", 'k3ys9Qm2xZ81'],
    ['PGPASSWORD=hunter22 psql', 'hunter22'],
    ['docker run -e DB_PASSWORD=hunter22 image', 'hunter22'],
    [`x-api-key: ${key}`, key],
    ['my password is Hunter22x, by the way', 'Hunter22x'],
    ['The password is: Xk9#mP2$vL.', 'Xk9#mP2$vL'],
  ])('finds the value alone in %s', (text, value) => {
    expect(secretsIn(DETECTORS, text)).toEqual([`GENERIC_SECRET ${value}`]);
  });

  it.each([
    // Not a value.
    'password: string;',
    'const token = getToken()',
    'const secret = crypto.randomBytes(32)',
    'const secret = base64Encode2048(input)',
    'apiKey = config.providers.v2.apiKey1234',
    'api_key = os.environ["API_KEY_2024"]',
    'password: process.env.DB_PASSWORD_2024,',
    'token = tokens[index123456]',
    'function setPassword(password: Password2Type) {',
    'password=${DB_PASSWORD_1}',
    'password: "{{ vault_db_password_1 }}"',
    'password: \'<%= ENV["PASSWORD1"] %>\'',
    'password = "%s:%s:%d12"',
    'password: !Ref DbPassword1',
    'PASSWORD=$OTHER_PASSWORD_1',
    'password: "$(cat secret1.txt)"',
    '"AWS::IAM::AccessKey": "72c2d9dd90025459"',
    // Not a secret.
    'secret: true',
    'password: null',
    'password: 12345678',
    'token: "2024-01-01"',
    'password: changeme',
    'password = "password123"',
    'password="your-password-here"',
    'API_KEY=<your key 1>',
    'API_KEY=xxxxxxxxxxxxxxxx',
    'secret: "**********1a"',
    'password = "••••••••1a"',
    'apiKey: "/etc/keys/api1.key"',
    'auth: "https://example.com/a1b2"',
    'token = "access_token_v2"',
    'token: "punctuation.definition.string.begin1"',
    'password: "auth.form.password-2.label"',
    '"encryptionKey": "encryptionKey1024"',
    'lastSignificantToken = "?InterpolationInJSX"',
    'private_key: PKCS7PrivateKeyTypes,',
    'cert.PrivateKey = testRSAPSS2048PrivateKey',
    '"secret": "\\u3299\\ufe0f"',
    'password: "Please enter your password 1"',
    'alphabet_token = "abcdefghijklmnopqrstuvwxyz0123456789"',
    'password: "请输入密码12345678"',
    // Not a secret's name.
    'tokenizer = "bert2-base2-uncased2"',
    'max_tokens: 40961234567',
    'author = "k3ys-9Qm2xZ81"',
    'secretary: "k3ys-9Qm2xZ81"',
    'password_length=k3ys9Qm2xZ81',
    'TOKEN_URL=k3ys9Qm2xZ81k3ys9Qm2xZ81',
    'api_key_id: "k3ys9Qm2xZ81"',
    'use std::auth::Token; // k3ys9Qm2xZ81',
  ])('finds nothing in %s', (text) => {
    expect(secretsIn(DETECTORS, text)).toEqual([]);
  });

  it('requires more of a value with a weak name', () => {
    expect(secretsIn(DETECTORS, 'token = "hunter22"')).toEqual([]);
    expect(secretsIn(DETECTORS, 'secret = "hunter22"')).toHaveLength(1);
  });

  it('finds all of a value of several kilobytes', () => {
    const long = fakeKey('{b3000}');
    for (const text of [`{"refresh_token": "${long}"}`, `ACCESS_TOKEN=${long}\nX=1`]) {
      expect(secretsIn(DETECTORS, text)).toEqual([`GENERIC_SECRET ${long}`]);
    }
  });

  it('does not find a placeholder again', () => {
    expect(secretsIn(DETECTORS, 'password = "PII_SECRET_7k3qx2ta"')).toEqual([]);
  });

  it('ignores a value split across two lines', () => {
    expect(secretsIn(DETECTORS, 'password = "hunter\n22x"')).toEqual([]);
  });
});
