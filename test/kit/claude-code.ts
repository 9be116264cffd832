// Claude Code as a client: the pinned version from `test/compat`, run with an environment of its own
// that knows no account and no other host than the gateway, in a home that is removed afterwards.

import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe } from 'vitest';
import { missing } from './missing.ts';

const FOLDER = fileURLToPath(new URL('../compat', import.meta.url));
const PROGRAM = join(FOLDER, 'node_modules', '.bin', 'claude');
const INSTALL_MS_MAX = 480_000;
const RUN_MS_MAX = 60_000;

/** For suites that need it; skipped, and said so, where it cannot be installed. */
export const describeWithClaudeCode = describe.skipIf(!(await haveClaudeCode()));

/** Whether Claude Code is there, after an attempt to install it. Throws in CI when it is not. */
async function haveClaudeCode(): Promise<boolean> {
  if (installedVersion() === pinnedVersion()) return true;
  process.stderr.write('Installing Claude Code for the client tests …\n');
  try {
    const options = { timeout: INSTALL_MS_MAX };
    await promisify(execFile)('npm', ['ci', '--prefix', FOLDER], options);
    return true;
  } catch (cause) {
    missing('Claude Code', 'npm could not install it', cause);
    return false;
  }
}

/** The folders of one run, or of several that know of each other. */
export interface Workplace extends Disposable {
  readonly replyTo: string;
  /** Where it runs and works. */
  readonly directory: string;
  readonly temporary: string;
}

export function createWorkplace(): Workplace {
  const root = mkdtempSync(join(tmpdir(), 'llmp-claude-'));
  const folders = {
    replyTo: join(root, 'home'),
    directory: join(root, 'work'),
    temporary: join(root, 'tmp'),
  };
  for (const folder of Object.values(folders)) mkdirSync(folder);
  return {
    ...folders,
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true, maxRetries: 3 }),
  };
}

export interface ClaudeOptions {
  readonly gateway: { readonly url: string; readonly key: string };
  /** Where it runs; a fresh place for this run alone without it. */
  readonly workplace?: Workplace;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface ClaudeRun {
  readonly stdout: string;
  readonly stderr: string;
  /** Null when it took so long that it was killed. */
  readonly exitCode: number | null;
}

/** Runs `claude -p prompt`; resolves when it has exited, whatever it says. */
export async function askClaude(prompt: string, options: ClaudeOptions): Promise<ClaudeRun> {
  const { gateway, args = [] } = options;
  if (new URL(gateway.url).hostname !== '127.0.0.1') throw new Error('only loopback is tested');
  const place = options.workplace ?? createWorkplace();
  using _ = options.workplace ? undefined : place;
  const child = spawn(PROGRAM, ['-p', prompt, ...args], {
    cwd: place.directory,
    // An input that is never closed would be waited for.
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      HOME: place.replyTo,
      TMPDIR: place.temporary,
      CLAUDE_CODE_TMPDIR: place.temporary,
      ANTHROPIC_BASE_URL: gateway.url,
      ANTHROPIC_AUTH_TOKEN: gateway.key,
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      DISABLE_AUTOUPDATER: '1',
      ...options.env,
    },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const killer = setTimeout(() => child.kill('SIGKILL'), RUN_MS_MAX);
  try {
    const exitCode = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject).once('close', resolve);
    });
    return { stdout, stderr, exitCode };
  } finally {
    clearTimeout(killer);
  }
}

function pinnedVersion(): string {
  const text = readFileSync(join(FOLDER, 'package.json'), 'utf8');
  const { dependencies } = JSON.parse(text) as { dependencies: Record<string, string> };
  return dependencies['@anthropic-ai/claude-code'] ?? '';
}

/** Nothing when the last installation did not come to its end. */
function installedVersion(): string | undefined {
  const path = join(FOLDER, 'node_modules/@anthropic-ai/claude-code/package.json');
  if (!existsSync(PROGRAM) || !existsSync(path)) return undefined;
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}
