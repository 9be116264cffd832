// A folder that looks like a fresh clone with its packages, in which commands of the README run as a person
// types them.

import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serverPath } from './server-programs.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const LINKED = ['package.json', 'package-lock.json', 'node_modules', 'services', 'shared'];

export interface ShellCommand {
  readonly child: ChildProcess;
  /** The exit code; null if a signal ended it. */
  readonly exited: Promise<number | null>;
  /** All output so far. */
  printed(): string;
}

export class LinkedClone implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'llmp-clone-'));
  readonly #running: ShellCommand[] = [];

  constructor() {
    for (const name of LINKED) symlinkSync(join(ROOT, name), join(this.folder, name));
  }

  /** Runs a line of the README, without the install step before npm's scripts. */
  run(line: string): ShellCommand {
    const servers = serverPath('nats-server');
    const folders = [dirname(process.execPath), ...(servers ? [dirname(servers)] : [])];
    const { PATH = '', HOME } = process.env;
    const child = spawn('sh', ['-c', `exec ${line}`], {
      cwd: this.folder,
      env: {
        PATH: [...folders, PATH].join(delimiter),
        HOME,
        NODE_COMPILE_CACHE: join(ROOT, 'node_modules/.cache/llmp'),
        npm_config_ignore_scripts: 'true',
        npm_config_update_notifier: 'false',
      },
      // A group of its own, so that nothing is left when the test fails.
      detached: true,
    });
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
    const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
    const command = { child, exited, printed: () => text };
    this.#running.push(command);
    return command;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { child } of this.#running) endGroup(child);
    await Promise.all(this.#running.map(({ exited }) => exited));
    rmSync(this.folder, { recursive: true });
  }
}

function endGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch (error) {
    // The group is empty.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** The lines of the fenced block after a marker of the README. */
export function readmeBlock(marker: string): readonly string[] {
  const text = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const [, block] = new RegExp(`<!-- ${marker} -->\n\`\`\`\\w*\n(.*?)\`\`\``, 's').exec(text) ?? [];
  if (block === undefined) throw new Error(`the README has no block ${marker}`);
  return block.trimEnd().split('\n');
}
