// A compose project in a copy of the repository, as in a fresh clone, on the engine that the docker
// client reaches. Disposing removes everything it has created.

import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../kit/servers.ts';
import { isFree } from './free-port.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** The port in the documentation; another one is used only if this one is taken. */
const README_PORT = 8080;

export interface ScriptResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface Stack extends AsyncDisposable {
  readonly folder: string;
  readonly project: string;
  readonly url: string;
  /** Runs a Bash script in the folder, with `env` added to the environment. Never rejects. */
  run(script: string, env?: Record<string, string>): Promise<ScriptResult>;
  /** The same; resolves to the standard output, and rejects with all output if the script fails. */
  must(script: string, env?: Record<string, string>): Promise<string>;
}

/** @param name distinguishes the stacks of one run */
export async function openStack(name: string): Promise<Stack> {
  const folder = mkdtempSync(join(tmpdir(), `llmp-compose-${name}-`));
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  for (const path of execFileSync('git', list, { cwd: ROOT, encoding: 'utf8' }).split('\0')) {
    if (path === '') continue;
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    cpSync(join(ROOT, path), join(folder, path));
  }
  const project = `llmp-test-${name}-${process.pid}`;
  const port = (await isFree(README_PORT)) ? README_PORT : await freePort();
  const base = {
    PATH: process.env['PATH'] ?? '',
    HOME: process.env['HOME'] ?? '/',
    DOCKER_HOST: process.env['DOCKER_HOST'] ?? '',
    DOCKER_CONFIG: process.env['DOCKER_CONFIG'] ?? '',
    COMPOSE_PROJECT_NAME: project,
    COMPOSE_PROGRESS: 'plain',
    LLMP_IMAGE: project,
    ...(port === README_PORT ? {} : { LLMP_PORT: String(port) }),
  };
  const run = (script: string, env: Record<string, string> = {}) =>
    new Promise<ScriptResult>((resolve) => {
      const variables = Object.fromEntries(
        Object.entries({ ...base, ...env }).filter(([, text]) => text),
      );
      const options = { cwd: folder, env: variables, maxBuffer: 256 * 1024 * 1024 };
      const text = script.replaceAll(`127.0.0.1:${README_PORT}`, `127.0.0.1:${port}`);
      execFile('bash', ['-euo', 'pipefail', '-c', text], options, (error, out, err) => {
        const code = error ? (typeof error.code === 'number' ? error.code : 1) : 0;
        resolve({ code, out, err });
      });
    });
  return {
    folder,
    project,
    url: `http://127.0.0.1:${port}`,
    run,
    async must(script, env) {
      const { code, out, err } = await run(script, env);
      if (code === 0) return out;
      const { out: logs } = await run('docker compose logs --no-color --tail 30', env);
      throw new Error(`${script}\nexited with ${code}\n${out}\n${err}\n${logs}`);
    },
    async [Symbol.asyncDispose]() {
      await run('docker compose --profile "*" down --volumes --remove-orphans --timeout 5');
      await run(`docker image rm --force ${project} ${project}-proxy ${project}:next`);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
