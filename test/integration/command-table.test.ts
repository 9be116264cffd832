// Every command of `llmp`: its help, its JSON, and what a person sees on a terminal, on the store itself and on a
// gateway over HTTP. `vitest -u` writes the files in test/fixtures/cli.

import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { COMMANDS } from '../../services/cli/commands.ts';
import { createKey } from '../../shared/keys.ts';
import { startGateway } from '../kit/gateway.ts';
import { llmpCommand, type CommandResult } from '../kit/llmp-command.ts';

const TOKEN = 'admin-token-of-a-test-0123456789abcdef';
const POLICY =
  'version: 1\nrules:\n  - { id: names, match: { any: [{ type: keyword, words: [blue falcon] }] }, action: block }\n';
const CASES =
  'cases:\n  - { name: code names are blocked, text: a blue falcon, expect: block, rules: [names] }\n';

/** In this order on one store; every command is here. */
const LINES: readonly string[] = [
  'keys create --name laptop --requests-per-minute 60 --usd-per-day 5',
  'keys create --name ci --team search --models claude-a,claude-b --expires 30d',
  'keys list',
  'keys show laptop',
  'keys update laptop --usd-per-month 40 --no-limit requests-per-minute --cache 10m',
  'keys rotate laptop --overlap 1h',
  'keys revoke ci',
  'keys list --all',
  'keys list --status revoked',
  'teams update search --concurrent-requests 4',
  'teams show search',
  'teams list',
  'collections create handbook --passages-max 3',
  'collections update handbook --on-error closed',
  'collections show handbook',
  'collections list',
  'documents add files --collection handbook',
  'documents show leave.md --collection handbook',
  'documents list --collection handbook',
  'documents reindex --collection handbook',
  'documents add files --collection handbook --quiet',
  'documents remove leave.md --collection handbook --yes',
  'usage show',
  'requests list',
  'requests show req_none',
  'collections delete handbook --yes',
  'policy check strict.yaml',
  'policy test strict.yaml --cases cases.yaml',
  'policy schema',
  'scrub FOLDER/mail.txt --check',
  'completion bash',
  'init --force',
  `claude --key ${createKey()} --print-env`,
  'doctor',
  'start scrubber policy',
  'documents migrate',
  'nats-config --data-dir FOLDER/brokers',
];

/** These are about this machine, whatever gateway is named. */
const LOCAL = /^(init|doctor|start|documents migrate|nats-config|claude)/;

type Mode = 'json' | 'terminal';

const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** A folder with a store and the files that the lines name. */
async function session(isRemote: boolean) {
  const folder = mkdtempSync(join(tmpdir(), 'llmp-table-'));
  folders.push(folder);
  mkdirSync(join(folder, 'files'));
  writeFileSync(
    join(folder, 'files', 'leave.md'),
    '# Leave\n\nEveryone has thirty days of leave.\n',
  );
  writeFileSync(join(folder, 'strict.yaml'), POLICY);
  writeFileSync(join(folder, 'cases.yaml'), CASES);
  writeFileSync(join(folder, 'mail.txt'), 'mail ann.lee@corp-mail.org\n');
  const dataDir = join(folder, 'data');
  const gateway = await startGateway({
    bus: 'embedded',
    env: { LLMP_DATA_DIR: dataDir, LLMP_ADMIN_TOKEN: TOKEN },
  });
  const env = {
    PATH: folder,
    // Where no gateway can be.
    LLMP_PORT: '1',
    ...(isRemote ? { LLMP_URL: gateway.url, LLMP_ADMIN_KEY: TOKEN } : { LLMP_DATA_DIR: dataDir }),
  };
  return { folder, gateway, env };
}

interface Run {
  readonly results: ReadonlyMap<string, CommandResult>;
  /** Oldest first. */
  readonly keyIds: readonly string[];
}

async function runAll(mode: Mode, isRemote: boolean): Promise<Run> {
  const { folder, gateway, env } = await session(isRemote);
  await using stack = new AsyncDisposableStack();
  stack.use(gateway);
  const results = new Map<string, CommandResult>();
  const options = { env, cwd: folder, isTerminal: mode === 'terminal' };
  for (const line of LINES) {
    const words = line.replace('FOLDER', folder).split(' ');
    if (mode === 'json') words.push('--json');
    results.set(line, await llmpCommand(words, options));
  }
  const { out } = await llmpCommand(['keys', 'list', '--all', '--quiet'], options);
  return { results, keyIds: out.trim().split('\n') };
}

/** Each mode is run once, though several tests look at it. */
const runs = new Map<string, Promise<Run>>();
function runOf(mode: Mode, isRemote = false): Promise<Run> {
  const name = `${mode} ${isRemote}`;
  const run = runs.get(name) ?? runAll(mode, isRemote);
  runs.set(name, run);
  return run;
}

/** Without ids, times and places, in as many columns. */
function steady(text: string, keyIds: readonly string[]): string {
  const withoutIds = keyIds.reduce(
    (changed, id, at) => changed.replaceAll(id, `key${String(at + 1).padStart(5, '0')}`),
    text.replaceAll(/llmp_[A-Za-z0-9]{8}_[A-Za-z0-9]+/g, 'llmp_<key>'),
  );
  return withoutIds
    .replaceAll(/\b\d{4}-\d\d-\d\dT[\d:.]+Z/g, '2026-11-30T10:00:00.000Z')
    .replaceAll(/\b\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?/g, '2026-11-30 10:00')
    .replaceAll(/\b2\d{3}-\d\d-\d\d\b/g, '2026-11-30')
    .replaceAll(/[\w./-]*llmp-table-\w+/g, '/folder')
    .replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:8080')
    .replaceAll(/Node [\d.]+, \w+ \w+/g, 'Node 24.0.0, linux x64')
    .replaceAll(/"progress":[\d.]+/g, '"progress":null');
}

function shown({ results, keyIds }: Run): string {
  const parts = [...results].map(([line, { code, out, err }]) => {
    const isLong = /^(completion|policy schema)/.test(line);
    // The columns of the doctor are as wide as this machine's paths.
    const text = line === 'doctor' ? out.replaceAll(/ {2,}/g, '  ') : out;
    return `$ llmp ${line}\n${isLong ? `${text.slice(0, 60)}\n` : text}${err}[${code}]\n`;
  });
  return steady(parts.join('\n'), keyIds);
}

describe('the help', () => {
  it('of every command goes to standard output with its examples, and ends with 0', async () => {
    const texts: string[] = [];
    for (const { name, examples } of COMMANDS) {
      const asked = await llmpCommand([...name.split(' '), '--help']);
      expect(asked).toMatchObject({ code: 0, err: '' });
      for (const example of examples) expect(asked.out).toContain(`  ${example}\n`);
      expect((await llmpCommand([...name.split(' '), '-h'])).out).toBe(asked.out);
      expect((await llmpCommand(['help', ...name.split(' ')])).out).toBe(asked.out);
      texts.push(`$ llmp ${name} --help\n${asked.out}`);
    }
    const all = await llmpCommand(['--help']);
    expect(all).toMatchObject({ code: 0, err: '' });
    await expect([all.out, ...texts].join('\n')).toMatchFileSnapshot('../fixtures/cli/help.txt');
  });

  it('is also that of a group, and no command at all is a wrong command line', async () => {
    expect(await llmpCommand(['keys', '--help'])).toMatchObject({ code: 0, err: '' });
    expect(await llmpCommand(['help', 'keys'])).toMatchObject({ code: 0, err: '' });
    for (const words of [[], ['keys']]) {
      const { code, out, err } = await llmpCommand(words);
      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(err).toContain('Usage: llmp');
    }
  });
});

describe('every command', () => {
  it('is in the table below', () => {
    const named = new Set(
      LINES.map((line) => COMMANDS.find(({ name }) => `${line} `.startsWith(`${name} `))?.name),
    );
    expect(COMMANDS.map(({ name }) => name).filter((name) => !named.has(name))).toEqual([]);
  });

  it.each(['json', 'terminal'] as const)('prints the same %s as before', async (mode) => {
    await expect(shown(await runOf(mode))).toMatchFileSnapshot(`../fixtures/cli/${mode}.txt`);
  });

  it('prints JSON alone where it is asked for it', async () => {
    const { results } = await runOf('json');
    for (const [line, { code, out }] of results) {
      if (code === 2 || line === 'requests show req_none' || line.startsWith('start')) continue;
      expect(() => JSON.parse(out), line).not.toThrow();
    }
  });

  it.each(['json', 'terminal'] as const)(
    'prints as %s of a gateway over HTTP what it prints of the store',
    async (mode) => {
      const comparable = async (run: Promise<Run>) => {
        const { results, keyIds } = await run;
        const lines = new Map([...results].filter(([line]) => !LOCAL.test(line)));
        return shown({ results: lines, keyIds }).replaceAll(/^Gateway: .*\n/gm, '');
      };
      expect(await comparable(runOf(mode, true))).toBe(await comparable(runOf(mode)));
    },
  );
});

describe('programs that take the place of a command', () => {
  const folder = mkdtempSync(join(tmpdir(), 'llmp-table-'));
  folders.push(folder);

  it('are the gateway, with the workers that are named', async () => {
    const { ran } = await llmpCommand(['start', 'scrubber', '--data-dir', folder]);
    expect(ran?.args.slice(-2)).toEqual([expect.stringMatching(/main\.ts$/), 'scrubber']);
    expect(ran?.env['LLMP_DATA_DIR']).toBe(folder);
  });

  it('are Claude Code, which gets the gateway and no key of the provider', async () => {
    writeFileSync(join(folder, 'claude'), '');
    chmodSync(join(folder, 'claude'), 0o755);
    const env = { PATH: folder, ANTHROPIC_API_KEY: 'sk-ant-secret', LLMP_PORT: '9000' };
    const key = createKey();
    const words = ['claude', '--key', key, '--', '-p', 'Hello'];
    const { ran } = await llmpCommand(words, { env, cwd: folder });
    expect(ran).toMatchObject({ file: join(folder, 'claude'), args: ['-p', 'Hello'] });
    expect(ran?.env).toEqual({
      PATH: folder,
      LLMP_PORT: '9000',
      ANTHROPIC_BASE_URL: 'http://127.0.0.1:9000',
      ANTHROPIC_AUTH_TOKEN: key,
    });
  });
});
