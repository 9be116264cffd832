// A worker whose event loop is blocked is slow, and not lost. Real processes on NATS, whose stage blocks,
// hangs and waits on command.

import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readConfig } from '../../services/config/config.ts';
import { start } from '../../services/host/wiring.ts';
import { createKey } from '../../shared/keys.ts';
import { limits } from '../../shared/limits.ts';
import { createLog } from '../../shared/log.ts';
import { describeWith } from '../kit/describe-with.ts';
import { programEnv } from '../kit/program-env.ts';
import { freePort, startNatsServer, type RunningServer } from '../kit/servers.ts';

/** How long a worker may be silent; a machine under load needs more than the default. */
const SILENCE_MS = 1.5 * limits.pipeline.heartbeatTimeoutMs;
const BLOCK_MS = 2 * SILENCE_MS;
/** When it hangs: sooner than it could count as lost. */
const HANGING_MS = 2_000;
const key = createKey();

let stack: AsyncDisposableStack;
let broker: RunningServer;
let url: string;
let lines: Record<string, unknown>[];
let printed: string;
let monitoring: number;
let scrubbers: number;

interface Scrubber {
  readonly child: ChildProcess;
  readonly exited: Promise<unknown>;
}

/** Starts a scrubber; it and its heartbeat thread are ready when this resolves. */
async function runScrubber(name: string, changed: object = {}): Promise<Scrubber> {
  const program = fileURLToPath(new URL('../kit/stage-process.ts', import.meta.url));
  const args = [program, broker.url, name, JSON.stringify(changed)];
  const child = spawn(process.execPath, args, { env: programEnv });
  const exited = new Promise((resolve) => child.once('close', resolve));
  stack.defer(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  child.stdout.on('data', (part: Buffer) => (printed += part.toString()));
  child.stderr.on('data', (part: Buffer) => (printed += part.toString()));
  scrubbers += 1;
  await until(`ready ${name}`);
  await expect.poll(heartbeatThreads).toBe(scrubbers);
  return { child, exited };
}

/** Number of connected ones that the broker has seen. */
async function heartbeatThreads(): Promise<number> {
  const lists = ['open', 'closed'].map(async (state) => {
    const response = await fetch(`http://127.0.0.1:${monitoring}/connz?state=${state}`);
    return ((await response.json()) as { connections: { name?: string }[] }).connections;
  });
  const connections = (await Promise.all(lists)).flat();
  return connections.filter(({ name }) => name === 'llmp scrubber heartbeats').length;
}

async function until(line: string): Promise<void> {
  await expect.poll(() => printed.split('\n').includes(line), { timeout: 20_000 }).toBe(true);
}

const begun = () => printed.split('\n').filter((line) => line.startsWith('begun '));

/** @returns the status and error code of the response */
async function send(command: string): Promise<{ status: number; code?: string }> {
  const response = await fetch(`${url}/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': key, 'content-type': 'application/json' },
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

const redispatches = () => lines.filter(({ msg }) => msg === 'request dispatched again');

describeWith('nats-server')('a scrubber on NATS', { timeout: 90_000 }, () => {
  beforeEach(async () => {
    stack = new AsyncDisposableStack();
    lines = [];
    printed = '';
    scrubbers = 0;
    monitoring = await freePort();
    broker = await startNatsServer({ args: ['-m', String(monitoring)] });
    stack.defer(() => broker[Symbol.asyncDispose]());
    const env = { NATS_URL: broker.url, LLMP_KEYS: key, LLMP_PORT: '0' };
    const log = createLog('info', { write: (line) => void lines.push(JSON.parse(line)) });
    const config = readConfig(env, ['ingress', 'policy', 'upstream']);
    // The broker also gives requests to workers that do not read them.
    const pipeline = { dispatchesMax: 1_000, heartbeatTimeoutMs: SILENCE_MS };
    const gateway = await start(config, log, { limits: { pipeline } });
    stack.defer(() => gateway.stop(AbortSignal.abort()));
    url = gateway.url;
  });
  afterEach(() => stack.disposeAsync());

  it('is waited for while its event loop is blocked, with its other requests', async () => {
    await runScrubber('one');
    const other = send('wait');
    await until('begun one wait');
    const blocking = send(`block ${BLOCK_MS}`);
    expect(await blocking).toEqual({ status: 200 });
    expect(await other).toEqual({ status: 200 });
    expect(redispatches()).toEqual([]);
    expect(begun()).toHaveLength(2);
  });

  it('is waited for when the broker restarts meanwhile', async () => {
    await runScrubber('one');
    const blocking = send(`block ${BLOCK_MS}`);
    await until(`begun one block ${BLOCK_MS}`);
    await broker[Symbol.asyncDispose]();
    broker = await startNatsServer({ port: broker.port });
    await until('ended one');
    // Afterwards it may find itself disconnected, and have the request dispatched again.
    expect(redispatches()).toEqual([]);
    expect(await blocking).toEqual({ status: 200 });
  });

  it.each(['SIGKILL', 'SIGSTOP'] as const)(
    'is lost after a %s, whether its event loop is blocked or not',
    async (signal) => {
      const { child } = await runScrubber('one');
      const waiting = send('wait at one');
      await until('begun one wait at one');
      const blocking = send('block 60000 at one');
      await until('begun one block 60000 at one');
      await runScrubber('two');
      child.kill(signal);
      expect(await waiting).toEqual({ status: 200 });
      expect(await blocking).toEqual({ status: 200 });
      expect(begun()).toEqual(
        expect.arrayContaining(['begun two wait at one', 'begun two block 60000 at one']),
      );
    },
  );

  it('ends itself when it hangs; the request at fault gets no third one, the others do', async () => {
    const changed = { blockedMaxMs: HANGING_MS };
    const one = await runScrubber('one', changed);
    const innocent = send('wait at one');
    await until('begun one wait at one');
    const atFault = send('hang');
    await until('begun one hang');
    const two = await runScrubber('two', changed);
    expect(await atFault).toEqual({ status: 504, code: 'stage_timeout' });
    expect(await innocent).toEqual({ status: 200 });
    await one.exited;

    expect(await send('hang')).toEqual({ status: 500, code: 'request_quarantined' });
    await two.exited;
    await runScrubber('three', changed);
    expect(await send('hang')).toEqual({ status: 500, code: 'request_quarantined' });
    expect(await send('wait at one')).toEqual({ status: 200 });
    expect(begun().filter((line) => line.endsWith(' hang'))).toEqual([
      'begun one hang',
      'begun two hang',
    ]);
    expect(printed).toMatch(/"requestId":"req_\w+","blockedMs":\d+,"stack":\["at keepBusy \(/);
  });
});
