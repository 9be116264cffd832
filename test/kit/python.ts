// Python SDKs as clients: a virtual environment per version, made once for this machine, and scripts
// of `test/compat/python` that take a task as JSON and print what they saw as JSON.

import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe } from 'vitest';
import { missing } from './missing.ts';

const run = promisify(execFile);

/** One of each major version: 2.x speaks API version 2026-10-21 and sends its key as Bearer. */
const VERSIONS = ['1.13.0', '2.12.0'];
const SCRIPTS = fileURLToPath(new URL('../compat/python', import.meta.url));
const INSTALL_MS_MAX = 300_000;
const RUN_MS_MAX = 120_000;

export interface PythonSdk {
  readonly version: string;
  /** Runs a script with a task; resolves to what it printed. Rejects with its traceback. */
  run<Report>(script: string, task: object): Promise<Report>;
}

/** The SDKs that could be installed; in CI that is all of them or an error. */
export const PYTHON_SDKS: readonly PythonSdk[] = await installed();

/** For suites of nothing but these; skipped where none could be installed. */
export const describeWithPython = describe.skipIf(PYTHON_SDKS.length === 0);

async function installed(): Promise<PythonSdk[]> {
  const sdks: PythonSdk[] = [];
  for (const version of VERSIONS) {
    const replyTo = join(tmpdir(), `llmp-python-${version}`);
    if (existsSync(pythonIn(replyTo)) || (await install(version, replyTo)))
      sdks.push(sdkOf(version, replyTo));
  }
  return sdks;
}

/** Made elsewhere and moved into place when complete, so that what is found there is whole. */
async function install(version: string, replyTo: string): Promise<boolean> {
  process.stderr.write(`Installing the Python SDK ${version} for the client tests …\n`);
  const draft = mkdtempSync(`${replyTo}-`);
  try {
    const options = { timeout: INSTALL_MS_MAX };
    await run('python3', ['-m', 'venv', draft], options);
    const words = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
    await run(pythonIn(draft), [...words, `anthropic==${version}`], options);
    if (!existsSync(pythonIn(replyTo))) {
      rmSync(replyTo, { recursive: true, force: true });
      renameSync(draft, replyTo);
    }
    return true;
  } catch (cause) {
    missing(`the Python SDK ${version}`, 'pip could not install it', cause);
    return false;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function sdkOf(version: string, replyTo: string): PythonSdk {
  return {
    version,
    async run<Report>(script: string, task: object): Promise<Report> {
      const words = [join(SCRIPTS, `${script}.py`), JSON.stringify(task)];
      // Nothing of the machine's own settings: another key or base URL would be a hidden input.
      const env = { PATH: process.env['PATH'], PYTHONDONTWRITEBYTECODE: '1' };
      const { stdout } = await run(pythonIn(replyTo), words, { env, timeout: RUN_MS_MAX });
      return JSON.parse(stdout) as Report;
    },
  };
}

function pythonIn(replyTo: string): string {
  return join(replyTo, 'bin', 'python');
}
