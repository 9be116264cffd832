// Every stage of a gateway as its own process, which tests stop. The drain time is far longer than the
// test timeout, so a process that exits has not waited for it.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { createKey } from '../../shared/keys.ts';
import { STAGES as PIPELINE } from '../../shared/protocol/messages.ts';
import { logged, Processes, started, type RunningProcess } from './processes.ts';
import { startNatsServer, type RunningServer } from './servers.ts';
import { startSlowUpstream, type SlowUpstream } from './slow-upstream.ts';
import { openStream } from './stream-client.ts';

const STAGES = ['ingress', ...PIPELINE];
const START = 'event: message_start\ndata: {}\n\n';

/** Without Redis, an ingress writes the ledger entry to its log and its journal. */
export const ALL_KEPT = {
  codes: STAGES.map((stage) => [stage, 0]),
  entries: [{ model: 'm', outcome: 'responded' }],
  records: [1],
};

/** An hour of drain time. */
export const LONG = { LLMP_DRAIN_MS: '3600000' };
export const ALL_CLEAN = ALL_KEPT.codes;

type Env = Readonly<Record<string, string>>;
type All = ReadonlyMap<string, RunningProcess>;

export class StoppingGateway implements AsyncDisposable {
  readonly key = createKey();
  /** What ends with the gateway. */
  readonly stack: AsyncDisposableStack;
  readonly directory: string;
  readonly processes: Processes;
  readonly upstream: SlowUpstream;

  private constructor(stack: AsyncDisposableStack, upstream: SlowUpstream) {
    this.stack = stack;
    this.upstream = upstream;
    this.directory = mkdtempSync(join(tmpdir(), 'llmp-stop-'));
    stack.defer(() => rmSync(this.directory, { recursive: true, force: true }));
    this.processes = stack.use(new Processes(this.directory));
  }

  static async prepare(): Promise<StoppingGateway> {
    const stack = new AsyncDisposableStack();
    return new StoppingGateway(stack, stack.use(await startSlowUpstream()));
  }

  async startBroker(): Promise<RunningServer> {
    const broker = await startNatsServer();
    this.stack.defer(async () => {
      broker.process.kill('SIGCONT');
      await broker[Symbol.asyncDispose]();
    });
    return broker;
  }

  /** Starts every stage as its own process. */
  async startAll(broker: RunningServer, env: Env = {}): Promise<{ all: All; url: string }> {
    const settings = {
      ...LONG,
      NATS_URL: broker.url,
      LLMP_UPSTREAM_URL: this.upstream.url,
      ...env,
    };
    const keys = { LLMP_KEYS: this.key };
    const all = new Map(
      STAGES.map((stage) => [stage, this.processes.run({ ...keys, ...settings }, [stage])]),
    );
    const [url = ''] = await Promise.all([...all.values()].map(started));
    return { all, url };
  }

  /** Begins a stream of which the client has the first event. */
  async begin(url: string) {
    const opening = openStream({ url, key: this.key });
    const { response } = await this.upstream.next();
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(START);
    const client = await opening;
    await client.until(START);
    return { client, response };
  }

  /** Stops all processes after Redis received the signal in the middle of a stream. */
  async stopAfterRedis(broker: RunningServer, redis: RunningServer, signal: NodeJS.Signals) {
    const { all, url } = await this.startAll(broker, { REDIS_URL: redis.url });
    const { client, response } = await this.begin(url);
    redis.process.kill(signal);
    response.end('event: message_stop\ndata: {}\n\n');
    await client.rest();
    const codes = await exitCodes(all);
    const lines = logged(all.get('ingress') ?? this.processes.run({}, []));
    const kept = lines.filter(({ msg }) => msg === 'ledger entry kept');
    const records = lines.flatMap((line) => line['records'] ?? []);
    return { codes, entries: kept.map(({ entry }) => entry), records };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stack.disposeAsync();
  }
}

/** Sends SIGTERM and returns each exit code by stage. */
export async function exitCodes(all: All) {
  for (const { child } of all.values()) child.kill('SIGTERM');
  return await Promise.all([...all].map(async ([stage, { exited }]) => [stage, await exited]));
}

export async function killed({ process: child }: RunningServer): Promise<void> {
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await exited;
}

export async function untilLost(all: All): Promise<void> {
  const isLost = (one: RunningProcess) => logged(one).some(({ state }) => state === 'lost');
  await expect.poll(() => [...all.values()].every(isLost)).toBe(true);
}
