import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../services/config/config.ts';
import { banner, type BannerFacts } from '../../../services/host/banner.ts';

const FACTS: BannerFacts = {
  url: 'http://127.0.0.1:8080',
  version: '1.2.3',
  firstKey: undefined,
  envFile: undefined,
  showsKey: false,
};
const FIRST_KEY = { key: 'llmp_first', path: '/data/first-key', forget: () => {} };
const LOGIN = { NATS_USER: 'scrubber', NATS_PASSWORD: 'hunter2' };

/** The lines above the commands. */
function rows(
  env: Record<string, string>,
  workers: string[] = [],
  facts: Partial<BannerFacts> = {},
) {
  const config = readConfig({ LLMP_DATA_DIR: '/data', ...env }, workers);
  const text = banner(config, { ...FACTS, ...facts });
  return text.split('\n\n')[0]?.trim().split('\n') ?? [];
}

describe('the banner', () => {
  it('says where a gateway in one process listens and what it uses', () => {
    expect(rows({}, [], { envFile: '/srv/.env' })).toEqual([
      'llmp      http://127.0.0.1:8080',
      'Version   1.2.3',
      'Upstream  built-in simulator (no model behind it)',
      'Data      /data',
      'Settings  /srv/.env',
      'Admin API off; LLMP_ADMIN_TOKEN, 32 or more characters of your own, switches it on',
      'Key       set KEY to one of yours; npm run llmp -- keys create --name NAME makes one',
    ]);
  });

  it('says what a process of several hosts, and its servers without credentials', () => {
    const env = {
      NATS_URL: 'nats://one:4222,nats://two:4222',
      REDIS_URL: 'redis://rag:hunter2@redis:6379',
      DATABASE_URL: 'postgres://llmp:hunter2@db/llmp',
      ...LOGIN,
    };
    expect(rows(env, ['rag', 'scrubber'], { url: 'http://127.0.0.1:8081' })).toEqual([
      'llmp      scrubber, rag (health at http://127.0.0.1:8081)',
      'Version   1.2.3',
      'NATS      nats://one:4222, nats://two:4222 as scrubber',
      'Store     Redis at redis:6379',
      'Index     Postgres at db:5432',
      'Data      /data',
    ]);
  });

  it('warns of what goes through unscrubbed', () => {
    expect(rows({ LLMP_PASS_THROUGH: 'files, batches' })).toContain(
      'Caution   files, batches: go to the upstream as they are sent, not scrubbed, checked or priced (LLMP_PASS_THROUGH)',
    );
  });

  it('says where the admin API is once it is on', () => {
    const token = 'only-for-this-test-0123456789abcdef';
    const lines = rows({ LLMP_ADMIN_TOKEN: token });
    expect(lines).toContain('Admin API http://127.0.0.1:8080/admin');
    expect(lines.join('\n')).not.toContain(token);
  });

  it('warns about a broker without logins', () => {
    expect(rows({ NATS_URL: 'nats://one:4222' }, ['policy'])).toContain(
      'NATS      nats://one:4222 (no login: whoever reaches it can read requests; npm run llmp -- nats-config makes logins)',
    );
  });

  it('shows commands in a process that takes requests, and in no other', () => {
    const text = (workers: string[]) =>
      banner(readConfig({ NATS_URL: 'nats://one:4222' }, workers), FACTS);
    expect(text(['ingress'])).toContain('curl http://127.0.0.1:8080/v1/messages');
    expect(text(['upstream'])).not.toContain('curl');
  });

  it('shows the first key to a person, and its file to anything else', () => {
    const text = (showsKey: boolean) =>
      banner(readConfig({}, []), { ...FACTS, firstKey: FIRST_KEY, showsKey });
    expect(text(true)).toContain('Key       llmp_first  (shown only now: note it)');
    expect(text(true)).toContain('"x-api-key: llmp_first"');
    expect(text(true)).not.toContain('/data/first-key');
    expect(text(false)).toContain('Key       in /data/first-key');
    expect(text(false)).toContain(`"x-api-key: $(cat '/data/first-key')"`);
    expect(text(false)).not.toContain('llmp_first');
  });
});
