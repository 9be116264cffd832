import { describe, expect, it } from 'vitest';
import { SECRET_MANIFEST } from '../../../../../../shared/privacy/detect/detectors/secret-manifest.ts';
import { secretsIn } from '../../../../../kit/find-secret.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const HOST = base64('db.kranich.net');
const PIN = base64('Sommer99');

describe('SECRET_MANIFEST', () => {
  it.each([
    `apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\ndata:\n  host: ${HOST}\n  pin: ${PIN}\n`,
    `apiVersion: v1\ndata:\n  host: ${HOST}\n  pin: "${PIN}"\nkind: Secret\n`,
    `kind: 'Secret'\nstringData:\n  # both\n  host: ${HOST}\n\n  pin: |\n    ${PIN}\n`,
    `{"kind":"Secret","data":{"host":"${HOST}","pin":"${PIN}"}}`,
    `kind: Secret\\ndata:\\n  host: ${HOST}\\n  pin: ${PIN}\\n`,
    `kind: ConfigMap\ndata:\n  a: ${base64('nothing secret')}\n---\nkind: Secret\ndata:\n  host: ${HOST}\n  pin: ${PIN}`,
  ])('finds every value whatever its name in %s', (text) => {
    expect(secretsIn(SECRET_MANIFEST, text)).toEqual([
      `GENERIC_SECRET ${HOST}`,
      `GENERIC_SECRET ${PIN}`,
    ]);
  });

  it.each([
    `kind: ConfigMap\ndata:\n  host: ${HOST}\n`,
    `kind: Secret\ndata:\n  host: ${base64('changeme-now')}\n`,
    `kind: Secret\ndata:\n  host: {{ .Values.host | b64enc }}\n`,
    'kind: Secret\nstringData:\n  host: ${DB_HOST}\n',
    `kind: Secret\nmetadata:\n  name: ${HOST}\n`,
    `kind: Secret\n---\nkind: ConfigMap\ndata:\n  host: ${HOST}\n`,
    `kind: SecretList\ndata:\n  host: ${HOST}\n`,
  ])('finds nothing in %s', (text) => {
    expect(secretsIn(SECRET_MANIFEST, text)).toEqual([]);
  });
});
