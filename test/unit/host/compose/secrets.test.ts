import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureSecrets } from '../../../../services/host/compose/secrets.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'llmp-secrets-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const provide = (options: { rotate?: boolean; postgresPassword?: string } = {}) =>
  ensureSecrets({ root, natsConfig: 'max_payload: 2MB\n', ...options });
const read = (path: string) => readFileSync(join(root, path), 'utf8');

describe('the passwords of a compose deployment', () => {
  it('stay the same at the next start', () => {
    provide();
    const first = read('nats/nats-server.conf');
    provide();
    expect(read('nats/nats-server.conf')).toBe(first);
  });

  it('match: the broker and Redis know the password of each worker', () => {
    provide();
    for (const worker of ['ingress', 'scrubber', 'policy', 'rag', 'upstream']) {
      const password = read(`${worker}/nats-password`);
      expect(password).toMatch(/^[\w-]{32}$/);
      expect(read('nats/nats-server.conf')).toContain(
        `NATS_PASSWORD_${worker.toUpperCase()}: "${password}"`,
      );
    }
    expect(read('rag/pgpass')).toContain(`:llmp:${read('postgres/password')}`);
  });

  it('reach Redis only as hashes', () => {
    provide();
    expect(read('redis/users.acl')).not.toContain(read('ingress/redis-password'));
    expect(read('redis/users.acl')).toMatch(/^user ingress on #[0-9a-f]{64} /m);
  });

  it('are readable only in the folder of their service', () => {
    provide();
    expect(readdirSync(join(root, 'scrubber'))).toEqual(['nats-password']);
    expect(statSync(join(root, 'rag', 'pgpass')).mode & 0o777).toBe(0o600);
    expect(statSync(join(root, 'redis', 'users.acl')).mode & 0o777).toBe(0o644);
  });

  it('are replaced by a rotation, except that of the database', () => {
    provide();
    const [nats, postgres] = [read('policy/nats-password'), read('postgres/password')];
    provide({ rotate: true });
    expect(read('policy/nats-password')).not.toBe(nats);
    expect(read('postgres/password')).toBe(postgres);
  });

  it('use the password that a database already has', () => {
    provide({ postgresPassword: 'chosen-by-the-operator' });
    provide();
    expect(read('postgres/password')).toBe('chosen-by-the-operator');
  });

  it('are not replaced when their file is damaged, as a database may have the old one', () => {
    provide();
    writeFileSync(join(root, 'kept', 'secrets.json'), '{"nats":');
    expect(() => provide()).toThrow(/JSON/);
  });
});
