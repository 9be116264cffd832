// However a request ends, nothing is held for it afterwards: no lease of its key or team, no part of a
// budget, no bytes of its body. Time stands still, so no lease expires by itself.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../services/config/config.ts';
import { start, type RunningProcess } from '../../services/host/wiring.ts';
import { BodyBudget } from '../../services/ingress/admission/body-budget.ts';
import type { Bus } from '../../shared/bus/bus.ts';
import { createEmbeddedBus } from '../../shared/bus/embedded.ts';
import { LlmpError } from '../../shared/errors.ts';
import { createLog } from '../../shared/log.ts';
import type { Stage } from '../../shared/protocol/stage.ts';
import { headerOf } from '../../shared/runtime/raw-headers.ts';
import { openEmbeddedStore } from '../../shared/store/embedded.ts';
import { connectRedisStore } from '../../shared/store/redis.ts';
import type { Store } from '../../shared/store/store.ts';
import { adminOf } from '../kit/admin.ts';
import { describeWith } from '../kit/describe-with.ts';
import { holdTimersOf } from '../kit/held-timer.ts';
import { startRaw, type RawHead } from '../kit/raw-client.ts';
import type { TextConnection } from '../kit/raw-socket.ts';
import {
  startScriptedUpstream,
  type ScriptedResponse,
  type ScriptedUpstream,
} from '../kit/scripted-upstream.ts';
import { startRedisServer } from '../kit/servers.ts';
import { beginUpload, chunkOf } from '../kit/slow-upload.ts';
import { limits as bounds } from '../../shared/limits.ts';

const TOKEN = 'admin-token-of-a-test-0123456789abcdef';
const NOW = Date.UTC(2026, 0, 1);
const DAY = { period: '2026-01-01', endMs: Date.UTC(2026, 0, 2) };
const MONTH = { period: '2026-01', endMs: Date.UTC(2026, 1, 1) };
const HELD = 'claude-haiku-4-5';
const BODY_BYTES_MAX = 1024 * 1024;
/** Ends when a test says so. */
const GRACE_MS = 10_007;

const event = (type: string, data: object) =>
  Buffer.from(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
const START = event('message_start', { message: { usage: { input_tokens: 1 } } });
const STOP = event('message_stop', {});

const never = new Promise<never>(() => {});
const buffered = (status: number, body: object): ScriptedResponse => ({
  status,
  headers: ['content-type', 'application/json'],
  chunks: [Buffer.from(JSON.stringify(body))],
});
const stream = (...chunks: ScriptedResponse['chunks']): ScriptedResponse => ({
  status: 200,
  headers: ['content-type', 'text/event-stream'],
  chunks,
});
const error = { type: 'error', error: { type: 'any', message: 'm' } };

/** What the upstream does, by the first word of the user. */
const REPLIES: Record<string, () => ScriptedResponse | Promise<ScriptedResponse>> = {
  message: () => buffered(200, { type: 'message', stop_reason: 'end_turn', content: [] }),
  stream: () => stream(START, STOP),
  invalid: () => buffered(400, error),
  overloaded: () => buffered(529, error),
  cut: () => stream(START, 'cut'),
  stalled: () => stream(START, { gate: never }),
  silent: () => never,
};

/** Ends some requests on their way, as a policy and a fault in a stage would. */
const policy: Stage = async ({ body }, { signal }) => {
  const word = wordOf(Buffer.from((await body.read(signal)).bytes));
  if (word === 'blocked') return { kind: 'refuse', error: new LlmpError('policy_blocked') };
  if (word === 'broken') throw new RangeError('a fault in the stage');
  return { kind: 'pass' };
};

function wordOf(body: Buffer): string {
  return /"content":"([a-z]+)"/.exec(body.toString())?.[1] ?? '';
}

/** A bus of one process that counts the requests whose bodies have not been released. */
function countingBus() {
  const held = new Set<string>();
  const bus = createEmbeddedBus({ onError: () => {} });
  const counting: Bus = {
    ...bus,
    send(message) {
      held.add(message.meta.id);
      return bus.send(message);
    },
    release(requestId) {
      held.delete(requestId);
      bus.release(requestId);
    },
  };
  return { bus: counting, held };
}

interface Place extends AsyncDisposable {
  readonly running: RunningProcess;
  readonly upstream: ScriptedUpstream;
  readonly held: ReadonlySet<string>;
  readonly bodyBudget: BodyBudget;
  readonly endGrace: () => void;
  readonly store: Store;
}

type OpenStore = (directory: string) => Promise<{ store: Store; env: Record<string, string> }>;

async function openPlace(openStore: OpenStore): Promise<Place> {
  const stack = new AsyncDisposableStack();
  const directory = mkdtempSync(join(tmpdir(), 'llmp-held-'));
  stack.defer(() => rmSync(directory, { recursive: true, force: true }));
  const upstream = await startScriptedUpstream(({ body, url }) => {
    if (url.includes('count_tokens')) return buffered(200, { input_tokens: 3 });
    return REPLIES[wordOf(body)]?.() ?? never;
  });
  stack.use(upstream);
  const { store, env: storeEnv } = await openStore(directory);
  const env = {
    LLMP_PORT: '0',
    LLMP_HEALTH_PORT: '0',
    LLMP_DATA_DIR: directory,
    LLMP_ADMIN_TOKEN: TOKEN,
    LLMP_UPSTREAM_URL: upstream.url,
    LLMP_DRAIN_MS: '1',
    ...storeEnv,
  };
  const { bus, held } = countingBus();
  const { clock, elapse: endGrace } = holdTimersOf(GRACE_MS);
  const bodyBudget = new BodyBudget({ ...bounds.http, bodyBytesInFlightMax: 4 * BODY_BYTES_MAX });
  const running = await start(readConfig(env, []), createLog('silent'), {
    bus,
    clock: { ...clock, now: () => NOW },
    stages: { policy },
    limits: {
      // Every body counts as one that its holder has to be told to release.
      pipeline: { inlineBytesMax: 0 },
      http: { bodyGraceMs: GRACE_MS, bodyBytesPerSecondMin: 1e9, bodyBytesMax: BODY_BYTES_MAX },
      process: { finalFlushMs: 1 },
    },
    bodyBudget,
  });
  stack.defer(() => running.stop());
  stack.use(store);
  const parts = { running, upstream, held, bodyBudget, endGrace, store };
  return { ...parts, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

interface Ending {
  readonly status: number;
  readonly word?: string;
  readonly body?: string;
  readonly headers?: readonly string[];
  readonly path?: string;
  readonly model?: string;
  /** When the client leaves. */
  readonly leaves?: 'before the head' | 'after the head' | 'in its upload';
  /** What arrives after the first byte of the body. */
  readonly upload?: readonly string[];
  /** Announced size of the upload; chunked without. */
  readonly bytes?: number;
  /** How often it asks; the last response counts. */
  readonly times?: number;
  /** What that response says of the cache. */
  readonly cache?: 'hit' | 'miss';
}

const ENDINGS: Record<string, Ending> = {
  'a message': { word: 'message', status: 200, cache: 'miss' },
  'a message from the cache': { word: 'message', status: 200, times: 2, cache: 'hit' },
  'a stream': { word: 'stream', status: 200 },
  'a count of tokens': { word: 'any', path: '/v1/messages/count_tokens', status: 200 },
  'an unknown cache mode': { word: 'any', headers: ['x-llmp-cache', 'nonsense'], status: 400 },
  'an unknown search mode': { word: 'any', headers: ['x-llmp-rag', 'nonsense'], status: 400 },
  'an unknown mode of a count': {
    word: 'any',
    path: '/v1/messages/count_tokens',
    headers: ['x-llmp-cache', 'nonsense'],
    status: 400,
  },
  'a body that is not JSON': { body: '{"model":', status: 400 },
  'a body without messages': { body: `{"model":"${HELD}","max_tokens":5}`, status: 400 },
  'a compressed body': { word: 'any', headers: ['content-encoding', 'gzip'], status: 415 },
  'a model of other keys': { word: 'any', model: 'claude-opus-4-5', status: 400 },
  'a limit that is reached': { word: 'message', status: 429, times: 9 },
  'a policy that blocks': { word: 'blocked', status: 400 },
  'a stage that fails': { word: 'broken', status: 500 },
  'a 4xx of the upstream': { word: 'invalid', status: 400 },
  'a 5xx of the upstream': { word: 'overloaded', status: 529 },
  'a stream that is cut': { word: 'cut', status: 200 },
  'a client that leaves before the head': {
    word: 'silent',
    leaves: 'before the head',
    status: 0,
  },
  'a client that leaves during its stream': {
    word: 'stalled',
    leaves: 'after the head',
    status: 200,
  },
};

const SPACES = chunkOf(' '.repeat(400_000));
const END = '0\r\n\r\n';

/** Endings while the body arrives, or soon after: the lease was taken before. */
const UPLOADS: Record<string, Ending> = {
  'a client that leaves during its upload': { bytes: 9_000, leaves: 'in its upload', status: 0 },
  'a client that leaves during its chunked upload': { leaves: 'in its upload', status: 0 },
  'an upload that is too slow': { bytes: 9_000, status: 408 },
  'a chunked upload that is too slow': { status: 408 },
  'an upload that is not HTTP': { upload: ['nonsense\r\n'], status: 400 },
  'an upload that is too large': { upload: [SPACES, SPACES, SPACES], status: 413 },
  'an upload that is not JSON': { upload: [END], status: 400 },
  'an upload that ends well': { upload: [chunkOf(bodyOf('message').slice(1)), END], status: 200 },
  'an upload of an unknown type': {
    bytes: 9_000,
    headers: ['content-type: text/plain'],
    status: 415,
  },
};

function bodyOf(word: string, model = HELD): string {
  return JSON.stringify({ model, max_tokens: 5, messages: [{ role: 'user', content: word }] });
}

function begin({ running }: Place, key: string, ending: Ending) {
  const { word = '', model, body = bodyOf(word, model), headers = [] } = ending;
  return startRaw(running.url, {
    method: 'POST',
    path: ending.path ?? '/v1/messages',
    headers: ['x-api-key', key, 'content-type', 'application/json', ...headers],
    body: Buffer.from(body),
  });
}

/** Runs one ending to the end its client sees; the head is that of the last response. */
async function run(place: Place, key: string, ending: Ending): Promise<RawHead> {
  let head: RawHead = { status: 0, rawHeaders: [] };
  for (let time = 0; time < (ending.times ?? 1); time += 1) {
    const exchange = begin(place, key, ending);
    if (ending.leaves === 'before the head') await place.upstream.nextRequest();
    else head = await exchange.head;
    if (ending.leaves === undefined) await exchange.response.catch(() => {});
    else exchange.abort();
  }
  return head;
}

/** Resolves when its first byte is being read, or it was refused. */
async function upload(place: Place, key: string, ending: Ending): Promise<TextConnection> {
  const connection = beginUpload(place.running.url, { key, ...ending });
  const isSeen = () => place.bodyBudget.held > 0 || connection.received() !== '';
  await expect.poll(isSeen).toBe(true);
  return connection;
}

/** @returns the status of its response */
async function finishUpload(
  place: Place,
  connection: TextConnection,
  ending: Ending,
): Promise<number> {
  const stays = ending.leaves === undefined;
  if (ending.status === 408) place.endGrace();
  for (const piece of ending.upload ?? []) connection.send(piece);
  await expect.poll(() => !stays || connection.received() !== '').toBe(true);
  connection.destroy();
  return Number(connection.received().split(' ')[1] ?? 0);
}

/** Leases and holds, as another holder finds them that takes every lease there is. */
async function heldFor({ store, held, bodyBudget }: Place, id: string, team: string) {
  const names = [`key:${id}`, `team:${team}`];
  const leases = names.map((scope) => ({ scope, max: 1 }));
  const budgets = names.flatMap((name) =>
    [DAY, MONTH].map(({ period, endMs }) => {
      return { account: `${name}:${period}`, endMs, max: 1e15, hold: 0 };
    }),
  );
  const owner = `team:${team}`;
  const order = { owner, nowMs: NOW, charges: [], leases, budgets, holder: 'probe' };
  const state = await store.reserve({ ...order, untilMs: NOW + 1 });
  await store.settle({ ...order, budgets: [] });
  return {
    leases: state.leased.filter((isFree) => !isFree).length,
    holds: state.budgets.reduce((sum, budget) => sum + budget.held, 0),
    bodies: held.size,
    bytes: bodyBudget.held,
  };
}

const NOTHING = { leases: 0, holds: 0, bodies: 0, bytes: 0 };

function suite(openStore: OpenStore): void {
  let place: Place;
  beforeAll(async () => {
    place = await openPlace(openStore);
    const admin = adminOf(place.running, TOKEN);
    await admin.post('collections', { name: 'handbook' });
  });
  afterAll(() => place[Symbol.asyncDispose]());

  const limits = { concurrent_requests: 2, usd_per_day: 1_000, usd_per_month: 1_000 };

  async function newKey(team: string, more: object = {}) {
    const admin = adminOf(place.running, TOKEN);
    await admin.post(`teams/${team}`, { limits });
    const options = { team, cache_for: '10m', collections: ['handbook'], models: [HELD] };
    return await admin.key({ ...limits, ...more }, options);
  }

  it.each(Object.entries(ENDINGS))('after %s', async (name, ending) => {
    const team = name.replaceAll(' ', '-');
    const { id, key } = await newKey(team, { requests_per_minute: ending.times === 9 ? 8 : 100 });
    const { status, rawHeaders } = await run(place, key, ending);
    const cache = ending.cache && headerOf(rawHeaders, 'x-llmp-cache');
    expect({ status, cache }).toEqual({ status: ending.status, cache: ending.cache });
    await expect.poll(() => heldFor(place, id, team)).toEqual(NOTHING);
  });

  it.each(Object.entries(UPLOADS))('after %s', async (name, ending) => {
    const team = name.replaceAll(' ', '-');
    const { id, key } = await newKey(team);
    const connection = await upload(place, key, ending);
    const { leases, holds, bodies } = await heldFor(place, id, team);
    expect([leases, holds, bodies]).toEqual([ending.status === 415 ? 0 : 2, 0, 0]);
    expect(await finishUpload(place, connection, ending)).toBe(ending.status);
    await expect.poll(() => heldFor(place, id, team)).toEqual(NOTHING);
  });

  it('after an upload whose rate another request has used up meanwhile', async () => {
    const { id, key } = await newKey('rate', { requests_per_minute: 1 });
    const ending = UPLOADS['an upload that ends well'] as Ending;
    const connection = await upload(place, key, ending);
    expect((await begin(place, key, { word: 'message', status: 200 }).head).status).toBe(200);
    expect(await finishUpload(place, connection, ending)).toBe(429);
    await expect.poll(() => heldFor(place, id, 'rate')).toEqual(NOTHING);
  });

  it('while a request runs, all of it is held', async () => {
    const { id, key } = await newKey('running');
    const exchange = begin(place, key, { word: 'stalled', status: 200 });
    await exchange.head;
    const { leases, holds, bodies } = await heldFor(place, id, 'running');
    expect([leases, bodies]).toEqual([2, 1]);
    expect(holds).toBeGreaterThan(0);
    exchange.abort();
    await expect.poll(() => heldFor(place, id, 'running')).toEqual(NOTHING);
  });

  it('after requests that the end of the process cuts off', async () => {
    const { id, key } = await newKey('draining');
    const exchange = begin(place, key, { word: 'stalled', status: 200 });
    await exchange.head;
    const sending = await upload(place, key, { bytes: 9_000, status: 0 });
    await expect.poll(() => place.bodyBudget.held).toBe(2 * bounds.http.bodyBytesCountedMin);
    await place.running.stop();
    expect(sending.received()).toBe('');
    expect((await exchange.response).body.toString()).toContain('"draining"');
    expect(await heldFor(place, id, 'draining')).toEqual(NOTHING);
  });
}

describe('nothing is held with the embedded store', () => {
  suite(async (directory) => ({ store: openEmbeddedStore(directory, bounds.store), env: {} }));
});

describeWith('redis-server')('nothing is held with Redis', () => {
  let redis: Awaited<ReturnType<typeof startRedisServer>>;
  beforeAll(async () => {
    redis = await startRedisServer();
  });
  afterAll(() => redis[Symbol.asyncDispose]());
  suite(async () => {
    const { url } = redis;
    const store = await connectRedisStore({
      url,
      commandMs: 2_000,
      retention: bounds.store.ledger,
      onError: () => {},
    });
    return { store, env: { REDIS_URL: url } };
  });
});
