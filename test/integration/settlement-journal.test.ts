// An ingress is killed while its store is down. After a restart, ledger, budget and the upstream's own
// count agree.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { limits } from '../../shared/limits.ts';
import type { Store } from '../../shared/store/store.ts';
import { connectRedisStore } from '../../shared/store/redis.ts';
import { openThreadedStore } from '../../shared/store/threaded.ts';
import { adminOf, statusWith } from '../kit/admin.ts';
import { describeWith } from '../kit/describe-with.ts';
import { listening, Processes } from '../kit/processes.ts';
import { startScriptedUpstream, type ScriptedUpstream } from '../kit/scripted-upstream.ts';
import { startRedisServer } from '../kit/servers.ts';

const TOKEN = 'admin-token-of-a-test-0123456789abcdef';
const BEFORE = 3;
const DURING = 40;
/** 1 M input tokens of claude-haiku-4-5, in nano-dollars. */
const COST = 1_000_000_000;
const MESSAGE =
  '{"type":"message","model":"claude-haiku-4-5","usage":{"input_tokens":1000000,"output_tokens":0}}';

interface Outage {
  readonly env: Readonly<Record<string, string>>;
  begin(): void;
  end(): void;
  open(): Promise<Store>;
}

/** @param prepare the store of a gateway in `directory`, and how it is taken down */
function suite(prepare: (directory: string, stack: AsyncDisposableStack) => Promise<Outage>): void {
  let directory: string;
  let stack: AsyncDisposableStack;
  let processes: Processes;
  let upstream: ScriptedUpstream;
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'llmp-journal-'));
    stack = new AsyncDisposableStack();
    stack.defer(() => rmSync(directory, { recursive: true, force: true }));
    upstream = stack.use(
      await startScriptedUpstream(() => ({
        status: 200,
        headers: ['content-type', 'application/json'],
        chunks: [Buffer.from(MESSAGE)],
      })),
    );
    processes = stack.use(new Processes(directory));
  });
  afterEach(() => stack.disposeAsync());

  const journaled = () => {
    const folder = join(directory, 'settlements');
    const names = existsSync(folder) ? readdirSync(folder) : [];
    return names
      .filter((name) => name.endsWith('.jsonl'))
      .flatMap((name) => readFileSync(join(folder, name), 'utf8').trim().split('\n'))
      .filter((line) => line !== '');
  };

  it.each(['SIGKILL', 'SIGTERM'] as const)('loses nothing by a %s', async (signal) => {
    const outage = await prepare(directory, stack);
    const env = {
      LLMP_UPSTREAM_URL: upstream.url,
      LLMP_ADMIN_TOKEN: TOKEN,
      LLMP_LIMITS_ON_STORE_ERROR: 'open',
      ...outage.env,
    };
    const first = processes.run(env, []);
    const { url } = await listening(first);
    const { key, id } = await adminOf({ url }, TOKEN).key({ usd_per_month: 1_000 });
    const ask = () => statusWith({ url }, key, 'claude-haiku-4-5');
    for (let at = 0; at < BEFORE; at += 1) expect(await ask()).toBe(200);
    const booked = async () => (await adminOf({ url }, TOKEN).get(`usage?key=${id}`)).json.total;
    // Else one of these would be among the lines that are counted below.
    await expect.poll(booked).toMatchObject({ requests: BEFORE });
    outage.begin();
    const statuses = await Promise.all(Array.from({ length: DURING }, ask));
    expect(statuses).toEqual(Array(DURING).fill(200));
    // SIGTERM needs no time for the journal: it is written before the process ends.
    const expected = signal === 'SIGKILL' ? DURING : 0;
    await expect.poll(() => journaled().length).toBeGreaterThanOrEqual(expected);
    first.child.kill(signal);
    await first.exited;
    expect(journaled().join('\n')).not.toContain('Hello');
    outage.end();

    const second = processes.run(env, []);
    const admin = adminOf({ url: (await listening(second)).url }, TOKEN);
    const total = async () => (await admin.get(`usage?key=${id}`)).json.total;
    const requests = BEFORE + DURING;
    expect(upstream.requests).toHaveLength(requests);
    await expect.poll(total).toMatchObject({ requests, input_tokens: requests * 1_000_000 });
    await expect.poll(journaled).toEqual([]);
    expect(await total()).toMatchObject({ requests });
    await using store = await outage.open();
    const month = new Date().toISOString().slice(0, 7);
    const nowMs = Date.now();
    const budget = { account: `key:${id}:${month}`, endMs: nowMs + 1, max: 0, hold: 1 };
    const owner = `key:${id}`;
    const request = { owner, nowMs, charges: [], leases: [], holder: 'probe', untilMs: nowMs };
    const { budgets } = await store.reserve({ ...request, budgets: [budget] });
    expect(budgets[0]?.spent).toBe(requests * COST);
  });
}

describe('an ingress that is killed while its usage database is locked', () => {
  suite(async (directory, stack) => {
    let other: DatabaseSync | undefined;
    stack.defer(() => other?.close());
    return {
      env: {},
      begin() {
        other = new DatabaseSync(join(directory, 'usage.db'));
        other.exec('BEGIN IMMEDIATE');
      },
      end: () => other?.exec('ROLLBACK'),
      open: () => openThreadedStore(directory, limits.store),
    };
  });
});

describeWith('redis-server')('an ingress that is killed while Redis hangs', () => {
  suite(async (_directory, stack) => {
    const server = stack.use(await startRedisServer());
    // Stopping a process that is stopped would hang.
    stack.defer(() => void server.process.kill('SIGCONT'));
    return {
      env: { REDIS_URL: server.url },
      begin: () => void server.process.kill('SIGSTOP'),
      end: () => void server.process.kill('SIGCONT'),
      open: () =>
        connectRedisStore({
          url: server.url,
          commandMs: 5_000,
          retention: limits.store.ledger,
          onError: () => {},
        }),
    };
  });
});
