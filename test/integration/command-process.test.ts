// The `llmp` command as a process: on a real terminal, in a pipe that closes, and in a wrong folder.

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { llmpCommand } from '../kit/llmp-command.ts';
import { programEnv } from '../kit/program-env.ts';
import { describeWithTerminal, onTerminal } from '../kit/terminal.ts';

const COMMAND = fileURLToPath(new URL('../../services/cli/llmp.ts', import.meta.url));

const folder = mkdtempSync(join(tmpdir(), 'llmp-process-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describeWithTerminal('on a terminal', () => {
  const line = [COMMAND, 'keys', 'list', '--create-store'];

  it('a list has aligned columns and a bold head', async () => {
    const env = { LLMP_DATA_DIR: join(folder, 'data') };
    for (const name of ['a', 'a longer name']) {
      await llmpCommand(['keys', 'create', '--name', name, '--create-store'], { env });
    }
    const shown = onTerminal(line, env, folder).split('\r\n');
    expect(shown[0]).toContain('\u001b[1mNAME\u001b[22m');
    const plain = onTerminal(line, { ...env, NO_COLOR: '1' }, folder).split('\r\n');
    expect(plain[0]).toMatch(/^ID {8}STATUS {2}NAME {11}CREATED$/);
    expect(plain[1]).toMatch(/^\w{8} {2}active {2}a {14}\d{4}-/);
    expect(plain[2]).toMatch(/^\w{8} {2}active {2}a longer name {2}\d{4}-/);
  });
});

describe('a pipe that closes', () => {
  it('ends the command without a word', async () => {
    const child = spawn(process.execPath, [COMMAND, 'policy', 'schema'], { env: programEnv });
    let err = '';
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    child.stdout.destroy();
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect({ code, err }).toEqual({ code: 0, err: '' });
  });
});

describe('a folder without a store', () => {
  const empty = mkdtempSync(join(tmpdir(), 'llmp-process-'));
  afterAll(() => rmSync(empty, { recursive: true, force: true }));

  it('gets none unless it is asked for, and the command says where it looked', async () => {
    const refused = await llmpCommand(['keys', 'create', '--name', 'a'], {
      cwd: empty,
      env: { LLMP_DATA_DIR: join(empty, 'data') },
    });
    expect(refused).toMatchObject({ code: 2, out: '' });
    expect(refused.err).toMatch(/^error: there is no store in \S+: run llmp in the folder .*\n$/);
    expect(existsSync(join(empty, 'data'))).toBe(false);
  });

  it('says which store it uses where .env names it, and not where the environment does', async () => {
    const dataDir = join(empty, 'named');
    writeFileSync(join(empty, '.env'), `LLMP_DATA_DIR=${dataDir}\n`);
    const line = ['keys', 'list', '--create-store'];
    const named = await llmpCommand(line, { cwd: empty });
    expect(named).toMatchObject({ code: 0, err: expect.stringContaining(`Store: ${dataDir}\n`) });
    const env = { LLMP_DATA_DIR: dataDir };
    expect((await llmpCommand(line, { cwd: empty, env })).err).not.toContain('Store:');
    expect((await llmpCommand([...line, '--quiet'], { cwd: empty })).err).toBe('');
  });
});

describe('deleting on a terminal', () => {
  const env = { LLMP_DATA_DIR: join(folder, 'deleting') };
  const llmp = (line: string, input = '') =>
    llmpCommand(line.split(' '), { env, isTerminal: true, input });

  it('asks, says which keys name the collection, and takes only yes', async () => {
    await llmp('collections create handbook --create-store');
    await llmp('keys create --name reader --collections handbook');
    const refused = await llmp('collections delete handbook', '\n');
    expect(refused).toMatchObject({ code: 1, out: '' });
    expect(refused.err).toMatch(
      /^handbook has 0 documents\.\nThe key reader \(\w{8}\) searches it\.\n/,
    );
    expect(refused.err).toContain('[y/N]');
    expect((await llmp('collections show handbook')).code).toBe(0);
    expect((await llmp('collections delete handbook', 'y\n')).code).toBe(0);
    expect((await llmp('collections show handbook')).code).toBe(1);
  });
});
