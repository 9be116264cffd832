// The npm package as its users get it: packed, installed into an empty folder, run with npx.

import { execFile, spawn, type ChildProcess } from 'node:child_process';
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWith } from '../kit/describe-with.ts';
import { startNatsServer } from '../kit/servers.ts';
import manifest from '../../package.json' with { type: 'json' };

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const INSTALLED = `node_modules/${manifest.name}`;

const execute = promisify(execFile);

let folder: string;
let packed: string[] = [];
/** The environment without the developer's settings; those of npm may be in it. */
const clean = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^(LLMP|NATS|REDIS|DATABASE|ANTHROPIC)_/.test(name),
  ),
);
const run = async (program: string, ...args: string[]) => {
  const env = { ...clean, LLMP_DATA_DIR: 'data' };
  const { stdout } = await execute(program, args, { cwd: folder, env, timeout: 300_000 });
  return stdout;
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'llmp-package-'));
  const pack = ['pack', '--silent', '--json', '--pack-destination', folder];
  const { stdout } = await execute('npm', pack, { cwd: ROOT });
  const [tarball] = JSON.parse(stdout) as [Tarball];
  packed = tarball.files.map(({ path }) => path);
  writeFileSync(join(folder, 'package.json'), '{"private": true}');
  await run('npm', 'install', '--no-audit', '--no-fund', '--silent', tarball.filename);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Tarball {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

describe('the npm package', () => {
  it('has the compiled program and what belongs to it, no source and no test', () => {
    expect(packed).toEqual(
      expect.arrayContaining([
        'CHANGELOG.md',
        'LICENSE',
        'README.md',
        'deploy/sbom.cdx.json',
        'dist/services/main.js',
        'dist/services/policy/default.yaml',
        'dist/shared/bus/nats-server.conf',
        'package.json',
        'services/cli/bin.mjs',
      ]),
    );
    const own = packed.filter((path) => !path.startsWith('node_modules/'));
    expect(own.filter((path) => /(^|\/)test\/|\.ts$/.test(path))).toEqual([]);
  });

  it('names no TypeScript file that a thread or a process would run', () => {
    const files = globSync('dist/**/*.js', { cwd: join(folder, INSTALLED) });
    expect(files.length).toBeGreaterThan(300);
    const names = files.filter((path) =>
      /\.ts', import\.meta\.url/.test(readFileSync(join(folder, INSTALLED, path), 'utf8')),
    );
    expect(names).toEqual([]);
  });

  it('brings no other Node', () => {
    expect(existsSync(join(folder, 'node_modules', 'node'))).toBe(false);
  });
});

const running: ChildProcess[] = [];
afterAll(() => {
  for (const { pid = 0 } of running) {
    try {
      // npx and what it has started.
      process.kill(-pid, 'SIGKILL');
    } catch {
      // All of them have ended.
    }
  }
});

/** `npx llmp start`, until it listens. */
async function start(env: Record<string, string>, ...workers: string[]) {
  const child = spawn('npx', ['llmp', 'start', ...workers], {
    cwd: folder,
    env: { ...clean, LLMP_PORT: '0', LLMP_HEALTH_PORT: '0', ...env },
    detached: true,
  });
  running.push(child);
  let printed = '';
  const started = Promise.withResolvers<string>();
  child.once('exit', () => started.reject(new Error(printed)));
  for (const output of [child.stdout, child.stderr]) {
    output.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
      const line = startOf(printed);
      if (line) started.resolve(line.url);
    });
  }
  return { child, url: await started.promise };
}

/** Asks with the first key of a data directory. */
async function ask(url: string, data: string, text: string): Promise<Response> {
  const key = readFileSync(join(folder, data, 'first-key'), 'utf8').trim();
  return await fetch(`${url}/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': key, 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'claude-sonnet-5-5',
      max_tokens: 100,
      messages: [{ role: 'user', content: text }],
    }),
  });
}

describe('npx llmp', () => {
  let gateway: ChildProcess;
  let url = '';
  beforeAll(async () => {
    ({ child: gateway, url } = await start({ LLMP_DATA_DIR: 'data' }));
  });

  it('start answers a request, with the value of a placeholder restored', async () => {
    const response = await ask(url, 'data', 'Write to anna.schmidt@example.com.');
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('anna.schmidt@example.com');
  });

  it('scrubs a large text, which is for a thread', async () => {
    const text = `${'A line of a report. '.repeat(80_000)} anna.schmidt@example.com`;
    const response = await ask(url, 'data', text);
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('anna.schmidt@example.com');
  });

  it('reads a document in its process and finds it in the index', async () => {
    mkdirSync(join(folder, 'handbook'));
    writeFileSync(join(folder, 'handbook', 'leave.html'), '<h1>Leave</h1><p>Thirty days.</p>');
    await run('npx', 'llmp', 'collections', 'create', 'handbook');
    const added = await run(
      'npx',
      'llmp',
      'documents',
      'add',
      'handbook',
      '--collection',
      'handbook',
    );
    expect(added).toContain('ready');
  });

  it('runs every other command with the same store', async () => {
    expect(await run('npx', 'llmp', 'keys', 'list')).toContain('first key');
  });

  it('ends with its terminal', async () => {
    process.kill(-(gateway.pid ?? 0), 'SIGINT');
    await expect
      .poll(() => ask(url, 'data', 'Hello').then(({ status }) => status, String))
      .toMatch('fetch failed');
  });
});

describeWith('nats-server')('npx llmp with a broker', () => {
  it('hosts workers in several processes', async () => {
    await using broker = await startNatsServer();
    const env = { NATS_URL: broker.url, LLMP_DATA_DIR: 'shared' };
    await start(env, 'scrubber', 'policy');
    await start(env, 'rag', 'upstream');
    const { url } = await start(env, 'ingress');
    const response = await ask(url, 'shared', 'Write to anna.schmidt@example.com.');
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('anna.schmidt@example.com');
  });
});

/** The log line of the start. */
function startOf(text: string): { url: string } | undefined {
  const line = text.split('\n').find((each) => each.includes('"msg":"llmp started"'));
  return line === undefined ? undefined : (JSON.parse(line) as { url: string });
}
