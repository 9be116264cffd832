// A gateway whose scrubbers are real processes on NATS, with a stage that blocks, hangs and waits on
// command.

import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { readConfig } from '../../services/config/config.ts';
import { start } from '../../services/host/wiring.ts';
import { createKey } from '../../shared/keys.ts';
import { limits } from '../../shared/limits.ts';
import { createLog } from '../../shared/log.ts';
import { programEnv } from './program-env.ts';
import { freePort, startNatsServer, type RunningServer } from './servers.ts';

/** How long a worker may be silent; a machine under load needs more than the default. */
const SILENCE_MS = 1.5 * limits.pipeline.heartbeatTimeoutMs;
/** How long tests block a worker: it would be lost if its heartbeat thread were silent too. */
export const BLOCK_MS = 1.5 * SILENCE_MS;

const PROGRAM = fileURLToPath(new URL('stage-process.ts', import.meta.url));

export interface Scrubber {
  readonly child: ChildProcess;
  readonly exited: Promise<unknown>;
}

async function untilTrue(isSo: () => boolean | Promise<boolean>): Promise<void> {
  await expect.poll(isSo).toBe(true);
}

export class CommandedScrubbers implements AsyncDisposable {
  readonly #stack = new AsyncDisposableStack();
  readonly #key = createKey();
  readonly #lines: Record<string, unknown>[] = [];
  readonly #monitoring: number;
  #broker: RunningServer;
  #url = '';
  #printed = '';
  #scrubbers = 0;

  private constructor(broker: RunningServer, monitoring: number) {
    this.#broker = broker;
    this.#monitoring = monitoring;
    this.#stack.defer(() => this.#broker[Symbol.asyncDispose]());
  }

  static async start(): Promise<CommandedScrubbers> {
    const monitoring = await freePort();
    const broker = await startNatsServer({ args: ['-m', String(monitoring)] });
    const started = new CommandedScrubbers(broker, monitoring);
    await started.#startGateway();
    return started;
  }

  async #startGateway(): Promise<void> {
    const env = { NATS_URL: this.#broker.url, LLMP_KEYS: this.#key, LLMP_PORT: '0' };
    const log = createLog('info', { write: (line) => void this.#lines.push(JSON.parse(line)) });
    const config = readConfig(env, ['ingress', 'policy', 'upstream']);
    // The broker also gives requests to workers that do not read them.
    const pipeline = { dispatchesMax: 1_000, heartbeatTimeoutMs: SILENCE_MS };
    const gateway = await start(config, log, { limits: { pipeline } });
    this.#stack.defer(() => gateway.stop(AbortSignal.abort()));
    this.#url = gateway.url;
  }

  /** Starts a scrubber; it and its heartbeat thread are ready when this resolves. */
  async run(name: string, changed: object = {}): Promise<Scrubber> {
    const args = [PROGRAM, this.#broker.url, name, JSON.stringify(changed)];
    const child = spawn(process.execPath, args, { env: programEnv });
    const exited = new Promise((resolve) => child.once('close', resolve));
    this.#stack.defer(async () => {
      child.kill('SIGKILL');
      await exited;
    });
    child.stdout.on('data', (part: Buffer) => (this.#printed += part.toString()));
    child.stderr.on('data', (part: Buffer) => (this.#printed += part.toString()));
    this.#scrubbers += 1;
    await this.until(`ready ${name}`);
    const started = this.#scrubbers;
    await untilTrue(async () => (await this.#heartbeatThreads()) === started);
    return { child, exited };
  }

  /** Number of connected ones that the broker has seen. */
  async #heartbeatThreads(): Promise<number> {
    const lists = ['open', 'closed'].map(async (state) => {
      const response = await fetch(`http://127.0.0.1:${this.#monitoring}/connz?state=${state}`);
      return ((await response.json()) as { connections: { name?: string }[] }).connections;
    });
    const connections = (await Promise.all(lists)).flat();
    return connections.filter(({ name }) => name === 'llmp scrubber heartbeats').length;
  }

  /** Waits until a scrubber has printed the line. */
  async until(line: string): Promise<void> {
    await untilTrue(() => this.#printed.split('\n').includes(line));
  }

  async restartBroker(): Promise<void> {
    await this.#broker[Symbol.asyncDispose]();
    this.#broker = await startNatsServer({ port: this.#broker.port });
  }

  /** @returns the status and error code of the response */
  async send(command: string): Promise<{ status: number; code?: string }> {
    const response = await fetch(`${this.#url}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': this.#key, 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'claude-haiku-4-5',
        max_tokens: 9,
        messages: [{ role: 'user', content: `do ${command}` }],
      }),
    });
    const { status } = response;
    const body = (await response.json()) as { error?: { details: { error_code: string } } };
    return body.error ? { status, code: body.error.details.error_code } : { status };
  }

  /** All output of the scrubbers so far. */
  printed(): string {
    return this.#printed;
  }

  /** The commands that scrubbers began, as lines `begun NAME COMMAND`. */
  begun(): string[] {
    return this.#printed.split('\n').filter((line) => line.startsWith('begun '));
  }

  redispatches(): Record<string, unknown>[] {
    return this.#lines.filter(({ msg }) => msg === 'request dispatched again');
  }

  /** What two requests get, of which one waits and one blocks, whose scrubber receives the signal. */
  async signalled(signal: NodeJS.Signals) {
    const { child } = await this.run('one');
    const waiting = this.send('wait at one');
    await this.until('begun one wait at one');
    const blocking = this.send('block 60000 at one');
    await this.until('begun one block 60000 at one');
    await this.run('two');
    child.kill(signal);
    return [await waiting, await blocking];
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}
