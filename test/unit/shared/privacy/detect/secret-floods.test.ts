import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Detector } from '../../../../../shared/privacy/detect/detector.ts';
import * as headers from '../../../../../shared/privacy/detect/detectors/authorization-header.ts';
import * as aws from '../../../../../shared/privacy/detect/detectors/aws-secret-key.ts';
import { CLOUD_KEYS } from '../../../../../shared/privacy/detect/detectors/cloud-keys.ts';
import { COMMAND_PASSWORDS } from '../../../../../shared/privacy/detect/detectors/command-password.ts';
import { FORGE_KEYS } from '../../../../../shared/privacy/detect/detectors/forge-keys.ts';
import { genericSecret } from '../../../../../shared/privacy/detect/detectors/generic-secret.ts';
import { jwt } from '../../../../../shared/privacy/detect/detectors/jwt.ts';
import * as loginCalls from '../../../../../shared/privacy/detect/detectors/login-call.ts';
import { MARKED_KEYS } from '../../../../../shared/privacy/detect/detectors/marked-keys.ts';
import { MODEL_KEYS } from '../../../../../shared/privacy/detect/detectors/model-keys.ts';
import * as namedPairs from '../../../../../shared/privacy/detect/detectors/named-pair.ts';
import { NAMED_KEYS } from '../../../../../shared/privacy/detect/detectors/named-keys.ts';
import * as loginPairs from '../../../../../shared/privacy/detect/detectors/login-pair.ts';
import { PRIVATE_KEYS } from '../../../../../shared/privacy/detect/private-keys.ts';
import { SECRET_MANIFEST } from '../../../../../shared/privacy/detect/detectors/secret-manifest.ts';
import { seedPhrase } from '../../../../../shared/privacy/detect/detectors/seed-phrase.ts';
import { SERVICE_KEYS } from '../../../../../shared/privacy/detect/detectors/service-keys.ts';
import { urlCredentials } from '../../../../../shared/privacy/detect/detectors/url-credentials.ts';
import { LABEL_PATTERN } from '../../../../../shared/privacy/placeholders.ts';
import { createScanner } from '../../../../../shared/privacy/detect/scan.ts';
import { checkProperty } from '../../../../kit/properties.ts';

const DETECTORS: readonly Detector[] = [
  PRIVATE_KEYS,
  SECRET_MANIFEST,
  Object.values(loginPairs),
  FORGE_KEYS,
  MODEL_KEYS,
  CLOUD_KEYS,
  SERVICE_KEYS,
  MARKED_KEYS,
  jwt,
  Object.values(aws),
  urlCredentials,
  Object.values(headers),
  NAMED_KEYS,
  COMMAND_PASSWORDS,
  Object.values(loginCalls),
  Object.values(namedPairs),
  seedPhrase,
  genericSecret,
].flat();

const WORDS = DETECTORS.flatMap(({ triggers }) =>
  triggers.flatMap((trigger) => (trigger.kind === 'word' ? trigger.words : [])),
);

const FLOOD_LENGTH = 200_000;
/** A detector that read the rest of the text at each trigger would need minutes. */
const CPU_MS_MAX = 20_000;

describe('the detectors of secrets', () => {
  it.each(DETECTORS.map((detector) => [detector.entity, detector] as const))(
    'have valid fields for %s',
    (_, { entity, label, secret, triggers }) => {
      expect(entity).toMatch(/^[A-Z][A-Z0-9_]+$/);
      expect(label).toMatch(LABEL_PATTERN);
      expect(secret).toBe(true);
      expect(triggers.length).toBeGreaterThan(0);
    },
  );

  it.each([
    'sk-sk-',
    'sk-ant-',
    'ghs_',
    'eyJeyJ',
    'eyJ.',
    'eyJhbGciOiJIUzI1NiJ9.',
    'eyJhbGciOiJIUzI1NiJ9.eyJ4.',
    'key=key=',
    'password=password:',
    'password="',
    'password=#',
    'token token=',
    '-----BEGIN PRIVATE KEY-----\n',
    '-----BEGIN PRIVATE KEY-----\nA: ',
    `-----BEGIN RSA PRIVATE KEY-----\n${'QUJD'.repeat(20)}\n`,
    'PuTTY-User-Key-File-2: ssh-rsa\nEncryption: none\n',
    'postgres://a:b',
    'x://a:b@',
    'AKIAABCDEFGHIJKLMNOP/',
    '12345678:AA',
    'curl -u a:b',
    'authorization: ',
    'vercel ',
    'pass: ',
    'the password is ',
    'password\n',
    'password,a\n',
    'name: password value: a1b2c3d4 ',
    '{"value":"a1b2c3d4"',
    'mysql -p',
    'login(a, ',
    'mnemonic abc abc ',
    '<password>',
    '123456789012345|',
    '\\\\\\"',
    'kind: Secret\ndata:\n',
    '{"kind":"Secret","data":{',
    '"kty"',
    '{"kty":"d":"',
    '0\u0082aa\u0002\u0001\u00030\u0082aa\u0006\t*\u0086H',
    'MIIEpAIBAAKCAQEA',
    'credentials for a b c d: ',
    'jo@kranich.net:abc123xyz\n',
    'password:\n  ',
    'password, default=',
    'bcrypt.hash("a1b2',
    '1 abc 2 abc ',
  ])('scan a flood of %j in time', (flood) => {
    const text = flood.repeat(FLOOD_LENGTH / flood.length);
    const before = process.threadCpuUsage();
    createScanner(DETECTORS).scan(text);
    const { user, system } = process.threadCpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(CPU_MS_MAX);
  });

  it('return valid ranges, the same on each call', () => {
    const fragments = fc.constantFrom(
      ...WORDS,
      '=',
      ': ',
      '"',
      '@',
      '/',
      '\n',
      '\\n',
      ' ',
      '.',
      'a1B2c3D4e5F6g7H8',
      'x'.repeat(40),
      '_',
    );
    checkProperty(
      fc.property(
        fc.array(fragments, { maxLength: 12 }),
        fc.nat(),
        fc.nat(),
        (list, skip, length) => {
          const text = list.join('');
          const start = skip % (text.length + 1);
          const end = start + (length % (text.length - start + 1));
          for (const { find } of DETECTORS) {
            const range = find(text, start, end);
            if (!range) continue;
            expect(range.start).toBeGreaterThanOrEqual(0);
            expect(range.end).toBeGreaterThan(range.start);
            expect(range.end).toBeLessThanOrEqual(text.length);
            expect(find(text, start, end)).toEqual(range);
          }
        },
      ),
    );
  });
});
