// Settings in .env: how docker-compose.yml uses them and how `init` rejects invalid ones.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStack, type Stack } from './kit/stack.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack('settings');
  mkdirSync(join(stack.folder, 'policies'));
  await stack.must('docker compose build');
});
afterAll(() => stack[Symbol.asyncDispose]());

/** Writes .env, starts `services`, and returns the output of compose and of the service `init`. */
async function up(
  settings: Record<string, string>,
  services = '',
): Promise<{ code: number; output: string }> {
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(join(stack.folder, '.env'), lines.join(''));
  const { code, out, err } = await stack.run(`docker compose up -d --wait ${services}`);
  const logs = await stack.run('docker compose logs --no-color init');
  await stack.run('docker compose down --timeout 5');
  return { code, output: out + err + logs.out };
}

describe('a file .env', () => {
  it.each([
    [{ LLMP_SCRUB_RULE: 'x' }, 'LLMP_SCRUB_RULE: there is no such setting'],
    [{ LLMP_PING_MS: 'soon' }, 'LLMP_PING_MS: must be a whole number'],
    [{ NATS_URL: 'nats://elsewhere:4222' }, 'NATS_URL: has no effect in compose'],
    [{ NATS_PASSWORD_FILE: './secret' }, 'NATS_PASSWORD_FILE: has no effect in compose'],
    [{ NATS_PASSWORD_RAG: 'x' }, 'NATS_PASSWORD_RAG: has no effect'],
    [{ LLMP_CONFIG: 'llmp.yaml' }, 'LLMP_CONFIG: has no effect in compose'],
    [{ LLMP_DRAIN_MS: '60000' }, 'LLMP_STOP_GRACE_PERIOD: must be 10s longer'],
  ])('with %j prevents the start with a reason', async (settings, message) => {
    const { code, output } = await up(settings);
    expect(code).not.toBe(0);
    expect(output).toContain(message);
  });

  it('that names a missing file prevents the start with its path', async () => {
    const { code, output } = await up({ LLMP_SCRUB_RULES_FILE: './no-such-file.yaml' }, 'scrubber');
    expect(code).not.toBe(0);
    expect(output).toContain('no-such-file.yaml');
  });

  it('configures files, the port and Postgres', async () => {
    writeFileSync(join(stack.folder, 'rules.yaml'), 'version: 1\ndefault: block\n');
    writeFileSync(join(stack.folder, 'admin-token'), `${'t'.repeat(40)}\n`);
    const settings = {
      LLMP_SCRUB_RULES_FILE: 'rules.yaml',
      LLMP_ADMIN_TOKEN_FILE: './admin-token',
      LLMP_PUBLISH: '127.0.0.1:0',
      COMPOSE_PROFILES: 'postgres',
      DATABASE_URL: 'postgres://llmp@postgres:5432/llmp',
    };
    const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
    writeFileSync(join(stack.folder, '.env'), lines.join(''));
    await stack.must('docker compose up -d --wait');
    const url = `http://${(await stack.must('docker compose port proxy 8080')).trim()}`;

    const keys = await fetch(`${url}/admin/keys`, { headers: { 'x-api-key': 't'.repeat(40) } });
    expect(keys.status).toBe(200);
    const key = (await stack.must('docker compose exec ingress cat /data/first-key')).trim();
    const blocked = await fetch(`${url}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': key, 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'm',
        max_tokens: 9,
        messages: [{ role: 'user', content: 'I am ann.lee@corp-mail.org' }],
      }),
    });
    expect(blocked.status).toBe(400);

    await stack.must('docker compose exec ingress llmp collections create notes --scrub false');
    const added = await stack.must(
      `docker compose exec ingress sh -c 'echo "The office opens at nine." > /tmp/hours.md && llmp documents add /tmp/hours.md --collection notes'`,
    );
    expect(added).toMatch(/ready\s+hours\.md/);
    const tables = await stack.must(
      `docker compose exec postgres psql -U llmp -tc "select count(*) from pg_tables where schemaname not like 'pg_%'"`,
    );
    expect(Number(tables)).toBeGreaterThan(1);
  });
});
