// One gateway process under test: started, stopped, killed, paused. Remaining processes are killed when
// the test process exits.

import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const LOOP_DELAY = new URL('loop-delay.ts', import.meta.url).href;
const TOP = fileURLToPath(new URL('../../..', import.meta.url));
/** Nine processes start at once, on a machine that may be starved. */
const START_MS = 120_000;
const STOP_MS = 60_000;
const REPORT_MS = 10_000;

const children = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

export type LogLine = Readonly<Record<string, unknown>>;

export interface GatewayProcessOptions {
  readonly name: string;
  /** Its command-line arguments: the workers to run. */
  readonly workers: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Where memory reports are written. */
  readonly directory: string;
  /** How far its clock is ahead. */
  readonly clockAheadMs?: number;
}

/** The longest steps of an event loop since the start of its process. */
export interface LoopDelay {
  /** Without standstills by `pause`. */
  readonly wallMs: number;
  /** Part of the CPU: what remains on an idle machine. */
  readonly cpuMs: number;
}

export class GatewayProcess implements AsyncDisposable {
  readonly name: string;
  /** All log lines, across restarts. */
  readonly log: LogLine[] = [];
  readonly #workers: readonly string[];
  readonly #env: Readonly<Record<string, string>>;
  readonly #reportPath: string;
  readonly #report: readonly string[];
  readonly #directory: string;
  #child: ChildProcess | undefined;
  #crash: string | undefined;

  constructor({ name, workers, env, directory, clockAheadMs = 0 }: GatewayProcessOptions) {
    this.name = name;
    this.#workers = workers;
    this.#directory = directory;
    this.#env = {
      ...env,
      CHAOS_LOOP_FILE: join(directory, `loop-${name}`),
      CHAOS_CLOCK_AHEAD_MS: String(clockAheadMs),
    };
    this.#reportPath = join(directory, `${name}.json`);
    // Node's diagnostic report works without cooperation of the program.
    this.#report = [
      '--import',
      LOOP_DELAY,
      '--report-on-signal',
      '--report-signal=SIGUSR2',
      '--report-exclude-network',
      '--report-exclude-env',
      `--report-directory=${directory}`,
      `--report-filename=${name}.json`,
    ];
  }

  get pid(): number {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error(`${this.name} is not running`);
    return pid;
  }

  /** How it ended unexpectedly; `undefined` if it did not. */
  get crash(): string | undefined {
    return this.#crash;
  }

  /**
   * Current memory. The resident set includes uncollected garbage, so use `bufferBytes` for held data:
   * memory outside the heap, where bodies and frames are.
   */
  async memory(): Promise<{ rssBytes: number; bufferBytes: number }> {
    rmSync(this.#reportPath, { force: true });
    process.kill(this.pid, 'SIGUSR2');
    const giveUpAtMs = performance.now() + REPORT_MS;
    while (performance.now() < giveUpAtMs) {
      const report = readReport(this.#reportPath);
      if (report) return report;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`${this.name} did not report its memory`);
  }

  /** The largest of all its starts. */
  loopDelay(): LoopDelay {
    const reports = readdirSync(this.#directory)
      .filter((name) => name.startsWith(`loop-${this.name}.`) && name.endsWith('.json'))
      .map((name) => JSON.parse(readFileSync(join(this.#directory, name), 'utf8')) as LoopDelay);
    return {
      wallMs: Math.max(0, ...reports.map(({ wallMs }) => wallMs)),
      cpuMs: Math.max(0, ...reports.map(({ cpuMs }) => cpuMs)),
    };
  }

  get isRunning(): boolean {
    return this.#child !== undefined;
  }

  /** Resolves when it logs that it has started. */
  async start(): Promise<void> {
    const child = spawn(process.execPath, [...this.#report, 'services/main.ts', ...this.#workers], {
      cwd: TOP,
      env: this.#env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    children.add(child);
    const before = this.log.length;
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(() => {
      const last = this.log.slice(before).map((line) => JSON.stringify(line));
      reject(new Error(`${this.name} did not start: ${last.join('\n')}${stderr}`));
    }, START_MS);
    createInterface(child.stdout).on('line', (text) => {
      // Between them is what a start prints for its operator.
      if (!text.startsWith('{')) return;
      const line = JSON.parse(text) as LogLine;
      this.log.push(line);
      if (line['msg'] !== 'llmp started') return;
      child.kill('SIGURG');
      resolve();
    });
    child.once('error', reject).once('exit', (code, signal) => {
      children.delete(child);
      const reason = `${this.name} exited with ${code ?? signal}: ${stderr}`;
      // `#end` clears the child first.
      if (this.#child === child) this.#crash = reason;
      reject(new Error(reason));
    });
    await promise.finally(() => clearTimeout(timer));
  }

  /** kill -9. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Sends SIGTERM; returns the exit code, or the signal that ended it. */
  async stop(): Promise<number | string> {
    return await this.#end('SIGTERM');
  }

  /** Sends SIGSTOP; connections stay open until `resume`. */
  pause(): void {
    process.kill(this.pid, 'SIGSTOP');
  }

  resume(): void {
    process.kill(this.pid, 'SIGCONT');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child && this.#crash === undefined) await this.kill();
  }

  async #end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | string> {
    const child = this.#child;
    if (!child) throw new Error(`${this.name} is not running`);
    this.#child = undefined;
    const exited = new Promise<number | string>((resolve) => {
      child.once('exit', (code, endedBy) => resolve(code ?? endedBy ?? ''));
    });
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    return await exited.finally(() => clearTimeout(timer));
  }
}

/** `undefined` while the report is missing or incomplete. */
function readReport(path: string): { rssBytes: number; bufferBytes: number } | undefined {
  try {
    const { javascriptHeap, resourceUsage } = JSON.parse(readFileSync(path, 'utf8')) as {
      javascriptHeap: { externalMemory: number };
      resourceUsage: { rss: number };
    };
    return { rssBytes: resourceUsage.rss, bufferBytes: javascriptHeap.externalMemory };
  } catch {
    return undefined;
  }
}
