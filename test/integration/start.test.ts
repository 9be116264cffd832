// llmp beside the servers it needs: in which order they start does not matter, and what is wrong is said
// with component, address and setting, never with a credential.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

function run(env: Record<string, string>, words: readonly string[] = []): LlmpProcess {
  const own = { LLMP_PORT: '0', LLMP_HEALTH_PORT: '0', LLMP_DATA_DIR: directory };
  return runLlmp({ ...own, ...env }, words);
}

/** Resolves when the process has printed this, and fails when it ends before. */
async function says(running: LlmpProcess, text: string): Promise<void> {
  await expect.poll(() => running.printed(), SLOW).toContain(text);
}

/** What a process printed that was to end in failure, without having waited. */
async function failure(running: LlmpProcess): Promise<string> {
  expect(await running.exited).toBe(1);
  const printed = running.printed();
  expect(printed).not.toContain('waiting for');
  expect(printed).not.toContain('hunter2');
  return printed.split('\n').find((line) => line.startsWith('llmp could not start')) ?? printed;
}

/** A line of its log. */
function logged(running: LlmpProcess, message: string): unknown {
  const found = running
    .printed()
    .split('\n')
    .find((text) => text.includes(`"msg":"${message}`));
  return found === undefined ? undefined : JSON.parse(found);
}

describeWith('nats-server')('a room that starts', () => {
  it('before NATS waits for it, and says so once', async () => {
    const port = await freePort();
    const running = run({ NATS_URL: `nats://127.0.0.1:${port}` }, ['policy']);
    const at = `NATS at 127.0.0.1:${port}`;
    await says(running, `waiting for ${at} (ECONNREFUSED)`);
    stack.use(await startNatsServer({ port }));
    await says(running, `connected to ${at}`);
    await says(running, 'llmp started');
    expect(running.printed().split('waiting for').length).toBe(2);
  });

  it('and is told to stop while it waits stops at once', async () => {
    const running = run({ NATS_URL: `nats://127.0.0.1:${await freePort()}` }, ['policy']);
    await says(running, 'waiting for NATS');
    running.child.kill('SIGTERM');
    expect(await running.exited).toBe(0);
  });

  it('without time to wait says what it lacks', async () => {
    const port = await freePort();
    const env = { NATS_URL: `nats://127.0.0.1:${port}`, LLMP_START_WAIT_MS: '0' };
    expect(await failure(run(env, ['policy']))).toBe(
      `llmp could not start: NATS at 127.0.0.1:${port} cannot be reached (ECONNREFUSED): check NATS_URL`,
    );
  });

  it.each([
    ['scrubber', 'refused the user "scrubber": check NATS_USER and NATS_PASSWORD'],
    ['nobody', 'refused the user "nobody": check NATS_USER and NATS_PASSWORD'],
  ])('with a login of %s that is refused fails at once', async (user, said) => {
    const broker = stack.use(await startNatsServer({ config: SHIPPED_CONFIG }));
    const env = { NATS_URL: broker.url, NATS_USER: user, NATS_PASSWORD: 'hunter2' };
    expect(await failure(run(env, ['scrubber']))).toBe(
      `llmp could not start: NATS at 127.0.0.1:${broker.port} ${said}`,
    );
  });

  it('without a login where one is asked for fails at once', async () => {
    const broker = stack.use(await startNatsServer({ config: SHIPPED_CONFIG }));
    expect(await failure(run({ NATS_URL: broker.url }, ['scrubber']))).toContain(
      'refused a connection without a user: check NATS_USER and NATS_PASSWORD',
    );
  });

  it('with the login of another room says what that may not do', async () => {
    const broker = stack.use(await startNatsServer({ config: SHIPPED_CONFIG }));
    const login = { NATS_USER: 'rag', NATS_PASSWORD: passwordOf('rag') };
    expect(await failure(run({ NATS_URL: broker.url, ...login }, ['scrubber']))).toMatch(
      /user "rag" subscribe to llmp\.v1\.\S+ \(permissions violation\): check NATS_USER/,
    );
  });

  it('where nobody vouches for the certificate fails at once', async () => {
    const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
    const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
    const named = ['-nodes', '-days', '2', '-subj', '/CN=localhost', '-keyout', key, '-out', cert];
    execFileSync('openssl', [...made, ...named], { stdio: 'ignore' });
    const args = ['--tls', '--tlscert', cert, '--tlskey', key];
    const broker = stack.use(await startNatsServer({ args }));
    const env = { NATS_URL: `tls://127.0.0.1:${broker.port}` };
    expect(await failure(run(env, ['policy']))).toMatch(
      /NATS at 127\.0\.0\.1:\d+ cannot be spoken to over TLS \(\w+\): check NATS_CA/,
    );
  });

  it('with tls:// does not go on in the clear where the broker does not speak TLS', async () => {
    const { port } = stack.use(await startNatsServer());
    expect(await failure(run({ NATS_URL: `tls://127.0.0.1:${port}` }, ['policy']))).toBe(
      `llmp could not start: NATS at 127.0.0.1:${port} does not speak TLS: check NATS_URL`,
    );
  });

  it('where something else answers fails at once', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    stack.defer(() => void server.close());
    server.on('connection', (socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    expect(await failure(run({ NATS_URL: `nats://127.0.0.1:${port}` }, ['policy']))).toContain(
      'does not answer as a NATS server does: check NATS_URL',
    );
  });

  it('ends when NATS comes back with other passwords', async () => {
    const broker = await startNatsServer({ config: SHIPPED_CONFIG });
    const { url: NATS_URL, port } = broker;
    const env = { NATS_URL, NATS_USER: 'policy', NATS_PASSWORD: passwordOf('policy') };
    const running = run(env, ['policy']);
    await says(running, 'llmp started');
    await broker[Symbol.asyncDispose]();
    await says(running, '"state":"lost"');
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

describeWith('redis-server')('a gateway that starts', () => {
  it('before Redis waits for it', async () => {
    const port = await freePort();
    const running = run({ REDIS_URL: `redis://127.0.0.1:${port}` });
    await says(running, `waiting for Redis at 127.0.0.1:${port} (ECONNREFUSED)`);
    stack.use(await startRedisServer({ port }));
    await says(running, 'llmp started');
    expect(logged(running, 'connected to')).toMatchObject({ address: `127.0.0.1:${port}` });
  });

  it('while Redis still loads its data waits for it', async () => {
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
    // Microseconds for each key: minutes for all, until it is set to nothing. Between the keys it answers.
    const slow = ['--key-load-delay', '1000', '--loading-process-events-interval-bytes', '1024'];
    const redis = stack.use(await startRedisServer({ args: ['--dir', directory, ...slow] }));
    const running = run({ REDIS_URL: redis.url });
    await says(running, `waiting for Redis at 127.0.0.1:${redis.port} (LOADING)`);
    const operator = new Redis(redis.url, { enableReadyCheck: false, lazyConnect: true });
    await operator.connect();
    await operator.config('SET', 'key-load-delay', '0');
    operator.disconnect();
    await says(running, 'llmp started');
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

  it('has the password of the user that the URL names from REDIS_PASSWORD', async () => {
    const { port } = stack.use(await startRedisServer({ args: LOGIN }));
    const env = { REDIS_URL: `redis://ingress@127.0.0.1:${port}`, REDIS_PASSWORD: PASSWORD };
    const running = run(env);
    await says(running, 'llmp started');
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
  ])('at %s… with a login that is refused fails at once', async (url, said) => {
    const { port } = stack.use(await startRedisServer({ args: LOGIN }));
    const env = { REDIS_URL: `${url}127.0.0.1:${port}`, REDIS_PASSWORD: 'hunter2' };
    expect(await failure(run(env))).toBe(
      `llmp could not start: Redis at 127.0.0.1:${port} ${said}`,
    );
  });

  it('loses Redis with a line that names it', async () => {
    const redis = await startRedisServer();
    const running = run({ REDIS_URL: redis.url });
    await says(running, 'llmp started');
    await redis[Symbol.asyncDispose]();
    await says(running, '"msg":"internal error"');
    expect(logged(running, 'internal error')).toMatchObject({
      err: { component: 'Redis', address: `127.0.0.1:${redis.port}` },
    });
  });
});

describe('a command', () => {
  it('makes one try, and names the server it lacks', async () => {
    const port = await freePort();
    const env = { REDIS_URL: `redis://:hunter2@127.0.0.1:${port}`, LLMP_DATA_DIR: directory };
    expect(await failure(runLlmp(env, ['keys', 'list'], 'cli/llmp.ts'))).toBe(
      `Redis at 127.0.0.1:${port} cannot be reached (ECONNREFUSED): check REDIS_URL\n`,
    );
  });
});

describeWithPostgres('a gateway with an index in Postgres', () => {
  it('waits for it, and finds the password in the file PGPASSFILE names', async () => {
    const port = await freePort();
    const PGPASSFILE = join(directory, 'pgpass');
    const password = PASSWORD.replace(':', '\\:');
    writeFileSync(PGPASSFILE, `127.0.0.1:${port}:postgres:llmp:${password}\n`, { mode: 0o600 });
    const DATABASE_URL = `postgres://llmp@127.0.0.1:${port}/postgres`;
    const running = run({ DATABASE_URL, PGPASSFILE });
    await says(running, `waiting for Postgres at 127.0.0.1:${port} (ECONNREFUSED)`);
    stack.use(await startPostgresServer({ port, password: PASSWORD }));
    await says(running, 'llmp started');
    expect(logged(running, 'connected to')).toMatchObject({ component: 'Postgres' });
  });

  it.each([
    ['llmp', 'asks for the password of the user "llmp": check DATABASE_URL and PGPASSFILE'],
    ['llmp:hunter2', 'refused the user "llmp" (28P01): check DATABASE_URL and PGPASSFILE'],
  ])('that refuses the login %s fails at once', async (login, said) => {
    const { port } = stack.use(await startPostgresServer({ password: PASSWORD }));
    const DATABASE_URL = `postgres://${login}@127.0.0.1:${port}/postgres`;
    expect(await failure(run({ DATABASE_URL }))).toBe(
      `llmp could not start: Postgres at 127.0.0.1:${port} ${said}`,
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

  it('is named with its setting', async () => {
    expect(await failure(run({ LLMP_PORT: port }))).toBe(
      `llmp could not start: the address 127.0.0.1:${port} is in use: check LLMP_PORT`,
    );
  });

  it('is named with its setting where the process is one of many', async () => {
    const { url: NATS_URL } = stack.use(await startNatsServer());
    for (const name of ['LLMP_HEALTH_PORT', 'LLMP_INTERNAL_PORT']) {
      expect(await failure(run({ NATS_URL, [name]: port }, ['policy']))).toBe(
        `llmp could not start: the address 127.0.0.1:${port} is in use: check ${name}`,
      );
    }
  });
});

describe('a data directory that cannot be written', () => {
  it('is named with its setting', async () => {
    const file = join(directory, 'file');
    writeFileSync(file, '');
    expect(await failure(run({ LLMP_DATA_DIR: file }))).toContain(
      `the data directory ${file} cannot be used`,
    );
  });
});
