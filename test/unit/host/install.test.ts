import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const PROGRAM = fileURLToPath(new URL('../../../services/host/install.mjs', import.meta.url));

const LIBRARY = { version: '1.0.0', integrity: 'sha512-a' };
const TEST_TOOL = { version: '2.0.0', integrity: 'sha512-b', dev: true };
const OTHER_PLATFORM = { version: '3.0.0', integrity: 'sha512-c', optional: true };

type Packages = Readonly<Record<string, object>>;

const LOCKED: Packages = {
  '': { name: 'llmp' },
  'node_modules/llmp-test-tools': { resolved: 'test/tools', link: true },
  'test/tools': { name: 'llmp-test-tools', version: '0.0.0' },
  'node_modules/library': LIBRARY,
  'node_modules/test-tool': TEST_TOOL,
  'node_modules/other-platform': OTHER_PLATFORM,
};
const PRODUCTION: Packages = { 'node_modules/library': LIBRARY };
const DEVELOPMENT: Packages = { ...PRODUCTION, 'node_modules/test-tool': TEST_TOOL };
const EVERYTHING: Packages = {
  ...DEVELOPMENT,
  'node_modules/llmp-test-tools': { resolved: 'test/tools', link: true },
};

const COMMAND = 'install --no-save --loglevel=error';
const WITH_TOOLS = '--workspaces --include-workspace-root';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'llmp-install-'));
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'bin', 'npm'), '#!/bin/sh\necho "$@" >> npm-calls\n', { mode: 0o755 });
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ packages: LOCKED }));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Leaves node_modules as npm does after an install of these packages. */
function installed(packages: Packages): void {
  for (const path of Object.keys(packages)) mkdirSync(join(folder, path), { recursive: true });
  const file = join(folder, 'node_modules', '.package-lock.json');
  writeFileSync(file, JSON.stringify({ packages }));
}

/** Runs the program with an `npm` that only writes down its arguments; returns those. */
function run(...args: string[]): string {
  return runOn('v24.1.0', ...args);
}

/** @param node the version that runs npm */
function runOn(node: string, ...args: string[]): string {
  const PATH = `${join(folder, 'bin')}:${process.env['PATH']}`;
  const env = { PATH, npm_config_user_agent: `npm/11.6.0 node/${node} linux x64 workspaces/false` };
  const options = args.filter((arg) => arg.startsWith('--import='));
  const others = args.filter((arg) => !options.includes(arg));
  execFileSync(process.execPath, [...options, PROGRAM, ...others], { cwd: folder, env });
  const calls = join(folder, 'npm-calls');
  return existsSync(calls) ? readFileSync(calls, 'utf8').trim() : 'not called';
}

describe('the installation before npm scripts', () => {
  it('runs npm on a fresh clone', () => {
    expect(run('--omit=dev')).toBe(`${COMMAND} --omit=dev`);
  });

  it('installs the development packages for the tests', () => {
    installed(PRODUCTION);
    expect(run()).toBe(`${COMMAND} ${WITH_TOOLS}`);
  });

  it.each([
    ['the gateway', PRODUCTION, ['--omit=dev']],
    ['the gateway, beside development packages', EVERYTHING, ['--omit=dev']],
    ['the tests', EVERYTHING, []],
  ])('is skipped when everything is there for %s', (_, packages, args) => {
    installed(packages);
    expect(run(...args)).toBe('not called');
  });

  it.each([
    ['another version of a package', { ...LIBRARY, version: '0.9.0' }],
    ['another package of the same version', { ...LIBRARY, integrity: 'sha512-z' }],
  ])('runs when package-lock.json now names %s', (_, old) => {
    installed({ 'node_modules/library': old });
    expect(run('--omit=dev')).toContain('--omit=dev');
  });

  it('keeps development packages when it updates the others', () => {
    installed({ ...EVERYTHING, 'node_modules/library': { ...LIBRARY, version: '0.9.0' } });
    expect(run('--omit=dev')).toBe(`${COMMAND} ${WITH_TOOLS}`);
  });

  it('adds no tools where npm install has left them out', () => {
    installed({ ...DEVELOPMENT, 'node_modules/library': { ...LIBRARY, version: '0.9.0' } });
    expect(run('--omit=dev')).toBe(COMMAND);
  });

  it('runs when the folder of a package is gone', () => {
    installed(EVERYTHING);
    rmSync(join(folder, 'node_modules', 'library'), { recursive: true });
    expect(run()).toBe(`${COMMAND} ${WITH_TOOLS}`);
    expect(existsSync(join(folder, 'node_modules', '.package-lock.json'))).toBe(false);
  });

  it('runs again after an interrupted install', () => {
    installed(EVERYTHING);
    writeFileSync(join(folder, 'node_modules', '.package-lock.json'), '{"packages": {"node_mod');
    expect(run()).toBe(`${COMMAND} ${WITH_TOOLS}`);
  });

  it('says in one sentence that npm has failed', () => {
    writeFileSync(join(folder, 'bin', 'npm'), '#!/bin/sh\nexit 7\n', { mode: 0o755 });
    const { status, stderr } = spawnSync(process.execPath, [PROGRAM], {
      cwd: folder,
      env: { PATH: `${join(folder, 'bin')}:${process.env['PATH']}` },
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: 'llmp needs packages of package-lock.json that npm could not install.\n',
    });
  });

  it('brings a Node only where the machine has an older one', () => {
    expect(runOn('v26.0.0', '--omit=dev')).not.toContain('node@');
    expect(runOn('v20.20.2', '--omit=dev')).toMatch(/--omit=dev node@24\.\d+\.\d+$/);
  });

  it('keeps the Node that it runs on', () => {
    const own = join(folder, 'node_modules', 'node', 'bin', 'node');
    const code = `Object.defineProperty(process, 'execPath', { value: ${JSON.stringify(own)} })`;
    installed(PRODUCTION);
    const options = `--import=data:text/javascript,${encodeURIComponent(code)}`;
    expect(runOn('v24.21.0', '--omit=dev', options)).toContain(' node@');
  });

  it('installs that Node beside packages that are there, once, and keeps it', () => {
    installed(EVERYTHING);
    const [, version = ''] = /node@(\S+)/.exec(runOn('v22.11.0', '--omit=dev')) ?? [];
    const node = { 'node_modules/node': { version, integrity: 'sha512-n' } };
    rmSync(join(folder, 'npm-calls'));
    installed({ ...EVERYTHING, ...node });
    expect(runOn('v22.11.0', '--omit=dev')).toBe('not called');
    installed({ ...PRODUCTION, ...node });
    expect(runOn('v22.11.0')).toContain(`node@${version}`);
  });
});
