// The llmp process as an operator runs it: its output, shutdown and startup errors.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseKey } from '../../shared/keys.ts';
import { LISTING_ENV, loadedModules } from '../kit/loaded-modules.ts';
import { listening, logged, Processes } from '../kit/processes.ts';
import { startSlowUpstream } from '../kit/slow-upstream.ts';
import { openStream } from '../kit/stream-client.ts';

let directory: string;
let processes: Processes;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'llmp-process-'));
  processes = new Processes(directory);
});
afterEach(async () => {
  await processes[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

const run = (env: Record<string, string> = {}, args: readonly string[] = []) =>
  processes.run(env, args);

describe('the llmp command', () => {
  it('loads no server clients or document parsers that it does not need', async () => {
    const running = run(LISTING_ENV);
    const { url, key } = await listening(running);
    const response = await fetch(`${url}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': key, 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'claude-haiku-4-5',
        max_tokens: 9,
        messages: [{ role: 'user', content: 'Hello' }],
      }),
    });
    expect(response.status).toBe(200);
    await response.body?.cancel();
    const { packages } = await loadedModules(running);
    expect(packages).toContain('fastify');
    const clients = ['ioredis', 'bullmq', 'pg', 'undici', '@nats-io/transport-node'];
    const parsers = ['unpdf', 'mammoth', 'turndown', 'stemmer', 'cli-progress'];
    expect(packages.filter((name) => [...clients, ...parsers].includes(name))).toEqual([]);
  });

  it('prints a working curl command, and hides its data from other users', async () => {
    const running = run();
    const { url, key } = await listening(running);
    expect(parseKey(key)).not.toBeNull();
    expect(running.printed()).not.toContain(key);
    await expect
      .poll(() => logged(running).find(({ msg }) => msg === 'the first key is in a file'))
      .toMatchObject({ path: join(directory, 'first-key') });
    expect(running.printed()).toContain('built-in simulator');
    expect(running.printed()).toContain(`export ANTHROPIC_BASE_URL=${url}`);
    expect(running.printed()).toContain(`Data      ${directory}\n`);
    const [curl = ''] = /curl .*\n.*\n.*(?=\n)/.exec(running.printed()) ?? [];
    const answer = execFileSync('sh', ['-c', curl], { encoding: 'utf8', stdio: 'pipe' });
    expect(JSON.parse(answer)).toMatchObject({ type: 'message' });
    const files = readdirSync(directory, { recursive: true, withFileTypes: true });
    expect(files.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['first-key', 'scrub-key', 'llmp.db', 'llmp.db-wal', 'usage.db-shm']),
    );
    const open = files.filter(
      ({ name, parentPath }) => (statSync(join(parentPath, name)).mode & 0o077) !== 0,
    );
    expect(open.map(({ name }) => name)).toEqual([]);
  });

  it('keeps its first key after a restart', async () => {
    const first = run();
    const { key } = await listening(first);
    first.child.kill('SIGTERM');
    expect(await first.exited).toBe(0);
    expect(await listening(run())).toMatchObject({ key });
  });

  it('finishes open streams on the first signal, and exits at once on the second', async () => {
    await using upstream = await startSlowUpstream();
    const running = run({ LLMP_UPSTREAM_URL: upstream.url });
    const { url, key } = await listening(running);
    const opening = openStream({ url, key });
    const { response } = await upstream.next();
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('event: message_start\ndata: {}\n\n');
    const client = await opening;
    await client.until('message_start');
    running.child.kill('SIGTERM');
    await expect.poll(() => running.printed()).toContain('llmp stopping');
    expect(running.child.exitCode).toBeNull();
    running.child.kill('SIGTERM');
    expect(await running.exited).toBe(1);
    expect((await client.rest()).cut).toBe(true);
  });

  it.each([
    [{ LLMP_PORT: 'x', LLMP_HOSTT: 'y' }, [], /LLMP_PORT[^]*LLMP_HOSTT|LLMP_HOSTT[^]*LLMP_PORT/],
    [{}, ['kitchen'], /kitchen/],
    [{}, ['scrubber'], /NATS_URL/],
    [{ LLMP_SCRUB_RULES: 'version: 2' }, [], /version/],
    [{ NATS_URL: 'nats://127.0.0.1:1', LLMP_START_WAIT_MS: '0' }, [], /could not start/],
  ])('reports all configuration errors and exits: %j %j', async (env, args, expected) => {
    const running = run(env, args);
    expect(await running.exited).not.toBe(0);
    expect(running.printed()).toMatch(expected);
  });
});
