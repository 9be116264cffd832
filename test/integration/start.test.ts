// Startup with required servers: their start order does not matter, and failures name component,
// address and setting, never a credential.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeWith, describeWithPostgres } from '../kit/describe-with.ts';
import { endAll, runLlmp, type LlmpProcess } from '../kit/llmp-process.ts';
import { startPostgresServer } from '../kit/postgres-server.ts';
import {
  freePort,
  passwordOf,
  SHIPPED_CONFIG,
  startNatsServer,
  startRedisServer,
} from '../kit/servers.ts';
import { describeWithTerminal, onTerminal } from '../kit/terminal.ts';

const PASSWORD = 'hunter2%/@:?ü';
const SLOW = { timeout: 30_000 };

let stack: AsyncDisposableStack;
let directory: string;
beforeEach(() => {
  stack = new AsyncDisposableStack();
  directory = mkdtempSync(join(tmpdir(), 'llmp-start-'));
  stack.defer(() => rmSync(directory, { recursive: true, force: true }));
  stack.defer(endAll);
});
afterEach(() => stack.disposeAsync());

function run(env: Record<string, string>, args: readonly string[] = []): LlmpProcess {
  const own = { LLMP_PORT: '0', LLMP_HEALTH_PORT: '0', LLMP_DATA_DIR: directory };
  return runLlmp({ ...own, ...env }, args);
}

/** Waits until the process has printed `text`. */
async function untilPrinted(running: LlmpProcess, text: string): Promise<void> {
  await expect.poll(() => running.printed(), SLOW).toContain(text);
}

/** The error of a process that fails to start without waiting. */
async function failure(running: LlmpProcess): Promise<string> {
  expect(await running.exited).toBe(1);
  const printed = running.printed();
  expect(printed).not.toContain('waiting for');
  expect(printed).not.toContain('hunter2');
  return printed.split('\n').find((line) => line.startsWith('llmp could not start')) ?? printed;
}

/** The first log line with a message that starts with `message`. */
function logged(running: LlmpProcess, message: string): unknown {
  const found = running
    .printed()
    .split('\n')
    .find((text) => text.includes(`"msg":"${message}`));
  return found === undefined ? undefined : JSON.parse(found);
}

describeWith('nats-server')('a starting stage', () => {
  it('waits for NATS, and logs it once', async () => {
    const port = await freePort();
    const running = run({ NATS_URL: `nats://127.0.0.1:${port}` }, ['policy']);
    const at = `NATS at 127.0.0.1:${port}`;
    await untilPrinted(running, `waiting for ${at} (ECONNREFUSED)`);
    stack.use(await startNatsServer({ port }));
    await untilPrinted(running, `connected to ${at}`);
    await untilPrinted(running, 'llmp started');
    expect(running.printed().split('waiting for').length).toBe(2);
  });

  it('stops at once while it waits', async () => {
    const running = run({ NATS_URL: `nats://127.0.0.1:${await freePort()}` }, ['policy']);
    await untilPrinted(running, 'waiting for NATS');
    running.child.kill('SIGTERM');
    expect(await running.exited).toBe(0);
  });

  it('fails with the missing server if it may not wait', async () => {
    const port = await freePort();
    const env = { NATS_URL: `nats://127.0.0.1:${port}`, LLMP_START_WAIT_MS: '0' };
    expect(await failure(run(env, ['policy']))).toBe(
      `llmp could not start: NATS at 127.0.0.1:${port} cannot be reached (ECONNREFUSED): start it, or correct NATS_URL`,
    );
  });

  it.each([
    ['scrubber', 'refused the user "scrubber": check NATS_USER and NATS_PASSWORD'],
    ['nobody', 'refused the user "nobody": check NATS_USER and NATS_PASSWORD'],
  ])('fails at once with a rejected login of %s', async (user, message) => {
    const broker = stack.use(await startNatsServer({ config: SHIPPED_CONFIG }));
    const env = { NATS_URL: broker.url, NATS_USER: user, NATS_PASSWORD: 'hunter2' };
    expect(await failure(run(env, ['scrubber']))).toBe(
      `llmp could not start: NATS at 127.0.0.1:${broker.port} ${message}`,
    );
  });

  it('fails at once without a required login', async () => {
    const broker = stack.use(await startNatsServer({ config: SHIPPED_CONFIG }));
    expect(await failure(run({ NATS_URL: broker.url }, ['scrubber']))).toContain(
      'refused a connection without a user: check NATS_USER and NATS_PASSWORD',
    );
  });

  it('names the missing permission with the login of another stage', async () => {
    const broker = stack.use(await startNatsServer({ config: SHIPPED_CONFIG }));
    const login = { NATS_USER: 'rag', NATS_PASSWORD: passwordOf('rag') };
    expect(await failure(run({ NATS_URL: broker.url, ...login }, ['scrubber']))).toMatch(
      /user "rag" subscribe to llmp\.v1\.\S+ \(permissions violation\): check NATS_USER/,
    );
  });

  it('fails at once with an untrusted certificate', async () => {
    const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
    const kind = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
    const files = ['-nodes', '-days', '2', '-subj', '/CN=localhost', '-keyout', key, '-out', cert];
    execFileSync('openssl', [...kind, ...files], { stdio: 'ignore' });
    const args = ['--tls', '--tlscert', cert, '--tlskey', key];
    const broker = stack.use(await startNatsServer({ args }));
    const env = { NATS_URL: `tls://127.0.0.1:${broker.port}` };
    expect(await failure(run(env, ['policy']))).toMatch(
      /NATS at 127\.0\.0\.1:\d+ cannot be reached over TLS \(\w+\): check NATS_CA/,
    );
  });

  it('does not fall back to plain text if the broker does not support TLS', async () => {
    const { port } = stack.use(await startNatsServer());
    expect(await failure(run({ NATS_URL: `tls://127.0.0.1:${port}` }, ['policy']))).toBe(
      `llmp could not start: NATS at 127.0.0.1:${port} does not support TLS: check NATS_URL`,
    );
  });

  it('fails at once if another kind of server responds', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    stack.defer(() => void server.close());
    server.on('connection', (socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    expect(await failure(run({ NATS_URL: `nats://127.0.0.1:${port}` }, ['policy']))).toContain(
      'is not a NATS server: check NATS_URL',
    );
  });

  it('exits when NATS restarts with other passwords', async () => {
    const broker = await startNatsServer({ config: SHIPPED_CONFIG });
    const { url: NATS_URL, port } = broker;
    const env = { NATS_URL, NATS_USER: 'policy', NATS_PASSWORD: passwordOf('policy') };
    const running = run(env, ['policy']);
    await untilPrinted(running, 'llmp started');
    await broker[Symbol.asyncDispose]();
    await untilPrinted(running, '"state":"lost"');
    expect(logged(running, 'bus connection changed')).toMatchObject({
      component: 'NATS',
      address: `127.0.0.1:${port}`,
    });
    const other = readFileSync(SHIPPED_CONFIG, 'utf8').replaceAll(/\$NATS_PASSWORD_\w+/g, '"new"');
    const config = join(directory, 'other.conf');
    writeFileSync(config, other);
    stack.use(await startNatsServer({ port, config }));
    expect(await running.exited).toBe(1);
    expect(running.printed()).toContain(
      `llmp cannot continue: NATS at 127.0.0.1:${port} refused the user "policy": check NATS_USER and NATS_PASSWORD`,
    );
    expect(logged(running, 'llmp cannot continue')).toMatchObject({
      err: { component: 'NATS', address: `127.0.0.1:${port}` },
    });
  });
});

describeWith('redis-server')('a starting gateway', () => {
  it('waits for Redis', async () => {
    const port = await freePort();
    const running = run({ REDIS_URL: `redis://127.0.0.1:${port}` });
    await untilPrinted(running, `waiting for Redis at 127.0.0.1:${port} (ECONNREFUSED)`);
    stack.use(await startRedisServer({ port }));
    await untilPrinted(running, 'llmp started');
    expect(logged(running, 'connected to')).toMatchObject({ address: `127.0.0.1:${port}` });
  });

  it('waits while Redis is loading its data', async () => {
    const first = await startRedisServer({
      args: ['--dir', directory, '--rdbcompression', 'no'],
    });
    const writer = new Redis(first.url);
    await writer.eval(
      "for i = 1, 200000 do redis.call('SET', 'key' .. i, string.rep('x', 64)) end",
      0,
    );
    await writer.save();
    writer.disconnect();
    await first[Symbol.asyncDispose]();
    // Microseconds per key: loading takes minutes until this is set to 0. Redis responds meanwhile.
    const slow = ['--key-load-delay', '1000', '--loading-process-events-interval-bytes', '1024'];
    const redis = stack.use(await startRedisServer({ args: ['--dir', directory, ...slow] }));
    const running = run({ REDIS_URL: redis.url });
    await untilPrinted(running, `waiting for Redis at 127.0.0.1:${redis.port} (LOADING)`);
    const operator = new Redis(redis.url, { enableReadyCheck: false, lazyConnect: true });
    await operator.connect();
    await operator.config('SET', 'key-load-delay', '0');
    operator.disconnect();
    await untilPrinted(running, 'llmp started');
    expect(logged(running, 'connected to')).toMatchObject({ component: 'Redis' });
  });

  const LOGIN = [
    '--user',
    'ingress',
    'on',
    `>${PASSWORD}`,
    '~*',
    '+@all',
    '--user',
    'default',
    'off',
  ];

  it('reads the password of the user in the URL from REDIS_PASSWORD', async () => {
    const { port } = stack.use(await startRedisServer({ args: LOGIN }));
    const env = { REDIS_URL: `redis://ingress@127.0.0.1:${port}`, REDIS_PASSWORD: PASSWORD };
    const running = run(env);
    await untilPrinted(running, 'llmp started');
    expect(running.printed()).not.toContain('"msg":"internal error"');
    const listed = runLlmp({ ...env, LLMP_DATA_DIR: directory }, ['keys', 'list'], 'cli/llmp.ts');
    expect(await listed.exited).toBe(0);
    expect(listed.printed()).toContain('first key');
  });

  it.each([
    [
      'redis://ingress@',
      'refused the user "ingress" (WRONGPASS): check REDIS_URL and REDIS_PASSWORD',
    ],
    [
      'redis://ingress:hunter2@',
      'refused the user "ingress" (WRONGPASS): check REDIS_URL and REDIS_PASSWORD',
    ],
    ['redis://', 'asks for a password (NOAUTH): check REDIS_URL'],
  ])('fails at once with the rejected login %s…', async (url, message) => {
    const { port } = stack.use(await startRedisServer({ args: LOGIN }));
    const env = { REDIS_URL: `${url}127.0.0.1:${port}`, REDIS_PASSWORD: 'hunter2' };
    expect(await failure(run(env))).toBe(
      `llmp could not start: Redis at 127.0.0.1:${port} ${message}`,
    );
  });

  it('logs the address of a lost Redis', async () => {
    const redis = await startRedisServer();
    const running = run({ REDIS_URL: redis.url });
    await untilPrinted(running, 'llmp started');
    await redis[Symbol.asyncDispose]();
    await untilPrinted(running, '"msg":"internal error"');
    expect(logged(running, 'internal error')).toMatchObject({
      err: { component: 'Redis', address: `127.0.0.1:${redis.port}` },
    });
  });
});

describe('a command', () => {
  it('does not wait for a missing server, and names it', async () => {
    const port = await freePort();
    const env = { REDIS_URL: `redis://:hunter2@127.0.0.1:${port}`, LLMP_DATA_DIR: directory };
    expect(await failure(runLlmp(env, ['keys', 'list'], 'cli/llmp.ts'))).toBe(
      `error: Redis at 127.0.0.1:${port} cannot be reached (ECONNREFUSED): start it, or correct REDIS_URL
`,
    );
  });
});

describeWithPostgres('a gateway with an index in Postgres', () => {
  it('waits for it, and reads the password from PGPASSFILE', async () => {
    const port = await freePort();
    const PGPASSFILE = join(directory, 'pgpass');
    const password = PASSWORD.replace(':', '\\:');
    writeFileSync(PGPASSFILE, `127.0.0.1:${port}:postgres:llmp:${password}\n`, { mode: 0o600 });
    const DATABASE_URL = `postgres://llmp@127.0.0.1:${port}/postgres`;
    const running = run({ DATABASE_URL, PGPASSFILE });
    await untilPrinted(running, `waiting for Postgres at 127.0.0.1:${port} (ECONNREFUSED)`);
    stack.use(await startPostgresServer({ port, password: PASSWORD }));
    await untilPrinted(running, 'llmp started');
    expect(logged(running, 'connected to')).toMatchObject({ component: 'Postgres' });
  });

  it.each([
    ['llmp', 'requires a password for the user "llmp": check DATABASE_URL and PGPASSFILE'],
    ['llmp:hunter2', 'rejects the user "llmp" (28P01): check DATABASE_URL and PGPASSFILE'],
  ])('fails at once with the rejected login %s', async (login, message) => {
    const { port } = stack.use(await startPostgresServer({ password: PASSWORD }));
    const DATABASE_URL = `postgres://${login}@127.0.0.1:${port}/postgres`;
    expect(await failure(run({ DATABASE_URL }))).toBe(
      `llmp could not start: Postgres at 127.0.0.1:${port} ${message}`,
    );
  });
});

describe('a port that is in use', () => {
  let port: string;
  beforeEach(async () => {
    const other = createServer().listen(0, '127.0.0.1');
    stack.defer(() => void other.close());
    await new Promise((resolve) => other.once('listening', resolve));
    port = String((other.address() as AddressInfo).port);
  });

  it('is reported with its setting', async () => {
    expect(await failure(run({ LLMP_PORT: port }))).toBe(
      `llmp could not start: the address 127.0.0.1:${port} is in use: stop what listens there, or set LLMP_PORT to a free port`,
    );
  });

  it('is reported with its setting for a process of one stage', async () => {
    const { url: NATS_URL } = stack.use(await startNatsServer());
    for (const name of ['LLMP_HEALTH_PORT', 'LLMP_INTERNAL_PORT']) {
      expect(await failure(run({ NATS_URL, [name]: port }, ['policy']))).toBe(
        `llmp could not start: the address 127.0.0.1:${port} is in use: stop what listens there, or set ${name} to a free port`,
      );
    }
  });
});

describe('a data directory that is not writable', () => {
  it.each([
    ['a file', () => process.execPath],
    ['below a file', () => join(process.execPath, 'a')],
    ['where no folder can be made', () => '/proc/llmp'],
  ])('is reported with its path: %s', async (_, path) => {
    expect(await failure(run({ LLMP_DATA_DIR: path() }))).toContain(
      `the data directory ${path()} cannot be used`,
    );
  });
});

describeWithTerminal('on a terminal, a failed start', () => {
  it('is one sentence', () => {
    const program = fileURLToPath(new URL('../../services/main.ts', import.meta.url));
    const env = { LLMP_PORT: '0', LLMP_DATA_DIR: process.execPath };
    expect(onTerminal([program], env, directory).trim()).toMatch(/^llmp could not start: .+$/);
  });
});
