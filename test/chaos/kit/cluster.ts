// A highly available gateway: one or more brokers, one ingress and two workers of every stage, each a process that
// shares only the broker.

import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { STAGES, type StageName } from '../../../shared/protocol/messages.ts';
import { createKey, hashKey, parseKey } from '../../../shared/keys.ts';
import type { QuotaLimits } from '../../../shared/metering/quotas.ts';
import { openEmbeddedStore } from '../../../shared/store/embedded.ts';
import { connectRedisStore } from '../../../shared/store/redis.ts';
import type { Store } from '../../../shared/store/store.ts';
import { collectionNamed } from '../../kit/retrieval.ts';
import {
  startNatsCluster,
  startNatsServer,
  startRedisServer,
  stopped,
  type NatsClusterServer,
  type RunningServer,
} from '../../kit/servers.ts';
import type { ChaosUpstream } from './chaos-upstream.ts';
import { GatewayProcess } from './gateway-process.ts';
import { lastingPort } from '../../kit/lasting-port.ts';
import { limits } from '../../../shared/limits.ts';

const REPLICAS = 2;
/** Short enough for pings between the events of a stalled stream. */
const PING_MS = 400;
const DRAIN_MS = 15_000;
/** Dollars per million tokens, and so micro-dollars a token. */
export const PRICE = { input: 1, output: 5 };

export interface ClusterOptions {
  readonly brokers?: number;
  /** Whether the store is Redis, which keeps what it has confirmed. */
  readonly redis?: boolean;
  /** Whether there is a second ingress, `ingressAhead`, and how far its clock is ahead. */
  readonly secondAheadMs?: number;
  /** Limits of the key. */
  readonly keyLimits?: QuotaLimits;
  readonly env?: Readonly<Record<string, string>>;
  /** The data directory, in place of a new one. */
  readonly dataDir?: string;
}

export class Cluster implements AsyncDisposable {
  readonly url: string;
  readonly key: string;
  readonly ingress: GatewayProcess;
  /** Two per stage, in pipeline order. */
  readonly workers: readonly GatewayProcess[];
  /** With another clock, at `secondUrl`. */
  readonly second: GatewayProcess | undefined;
  readonly secondUrl: string;
  readonly #brokers: NatsClusterServer[];
  #redis: RunningServer | undefined;
  readonly #redisArgs: readonly string[];
  readonly #directory: string;
  readonly #dataDir: string;

  private constructor(
    { brokers, redis, directory, redisArgs }: Servers,
    ports: readonly [number, number],
    upstream: ChaosUpstream,
    { secondAheadMs, env: more = {}, dataDir = directory }: ClusterOptions,
  ) {
    this.#brokers = brokers;
    this.#redis = redis;
    this.#redisArgs = redisArgs;
    this.#directory = directory;
    this.#dataDir = dataDir;
    this.url = `http://127.0.0.1:${ports[0]}`;
    this.secondUrl = `http://127.0.0.1:${ports[1]}`;
    this.key = createKey();
    const pricesFile = join(directory, 'prices.yaml');
    writeFileSync(pricesFile, JSON.stringify({ version: 1, models: { 'claude-chaos': PRICE } }));
    const env = {
      PATH: process.env['PATH'] ?? '',
      NATS_URL: brokers.map(({ url }) => url).join(','),
      ...(redis ? { REDIS_URL: redis.url } : {}),
      LLMP_PORT: String(ports[0]),
      LLMP_HEALTH_PORT: '0',
      LLMP_DATA_DIR: dataDir,
      LLMP_PING_MS: String(PING_MS),
      LLMP_DRAIN_MS: String(DRAIN_MS),
      LLMP_PRICES_FILE: pricesFile,
      ...more,
    };
    this.ingress = new GatewayProcess({ name: 'ingress', workers: ['ingress'], env, directory });
    this.second =
      secondAheadMs === undefined
        ? undefined
        : new GatewayProcess({
            name: 'second',
            workers: ['ingress'],
            env: { ...env, LLMP_PORT: String(ports[1]) },
            directory,
            clockAheadMs: secondAheadMs,
          });
    this.workers = STAGES.flatMap((stageName) =>
      Array.from({ length: REPLICAS }, (_, nth) => {
        const name = `${stageName}-${nth + 1}`;
        const workerEnv = { ...env, LLMP_UPSTREAM_URL: upstream.urlFor(name) };
        return new GatewayProcess({ name, workers: [stageName], env: workerEnv, directory });
      }),
    );
  }

  static async start(upstream: ChaosUpstream, options: ClusterOptions = {}): Promise<Cluster> {
    const { brokers: brokerCount = 1 } = options;
    const directory = mkdtempSync(join(tmpdir(), 'llmp-chaos-'));
    const redisArgs = ['--dir', directory, '--appendonly', 'yes', '--appendfsync', 'always'];
    const redis = options.redis
      ? await startRedisServer({ port: await lastingPort(), args: redisArgs })
      : undefined;
    const brokers =
      brokerCount > 1
        ? await startNatsCluster(brokerCount)
        : [{ ...(await startNatsServer({ port: await lastingPort() })), args: [] }];
    const servers = { brokers, redis, directory, redisArgs };
    const cluster = new Cluster(
      servers,
      [await lastingPort(), await lastingPort()],
      upstream,
      options,
    );
    try {
      await cluster.#storeKey(options);
      await Promise.all(cluster.processes.map((child) => child.start()));
      return cluster;
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Stores a key with a collection, so that its requests pass every stage. */
  async #storeKey({ keyLimits }: ClusterOptions): Promise<void> {
    await using store = await this.openStore();
    await store.putCollection(collectionNamed('chaos'));
    const record = { id: this.keyId, hash: hashKey(this.key), name: 'chaos', createdAt: 0 };
    const bounds = keyLimits ? { limits: keyLimits } : {};
    await store.addKey({ ...record, collections: ['chaos'], ...bounds });
  }

  get keyId(): string {
    return parseKey(this.key)?.id ?? '';
  }

  /** The store of the ingress. */
  async openStore(): Promise<Store> {
    if (!this.#redis) return openEmbeddedStore(this.#dataDir, limits.store);
    return await connectRedisStore({
      url: this.#redis.url,
      commandMs: 5_000,
      retention: limits.store.ledger,
      onError: () => {},
    });
  }

  /** The ingress's data directory. */
  get dataDir(): string {
    return this.#dataDir;
  }

  get processes(): readonly GatewayProcess[] {
    return [this.ingress, ...(this.second ? [this.second] : []), ...this.workers];
  }

  /** A worker of a stage, the first by default. */
  worker(stageName: StageName, nth = 0): GatewayProcess {
    const worker = this.workers[STAGES.indexOf(stageName) * REPLICAS + nth];
    if (!worker) throw new RangeError(`no worker of ${stageName}`);
    return worker;
  }

  get brokerCount(): number {
    return this.#brokers.length;
  }

  async killBroker(at = 0): Promise<void> {
    await killed(this.#broker(at).process);
  }

  /** Restarts the broker at the same address after `killBroker`. */
  async restartBroker(at = 0): Promise<void> {
    const { port, args } = this.#broker(at);
    this.#brokers[at] = { ...(await startNatsServer({ port, args })), args };
  }

  /** Stops and starts one, as an upgrade does. */
  async replaceBroker(at: number): Promise<void> {
    await stopped(this.#broker(at).process);
    await this.restartBroker(at);
  }

  pauseBroker(): void {
    this.#broker(0).process.kill('SIGSTOP');
  }

  resumeBroker(): void {
    this.#broker(0).process.kill('SIGCONT');
  }

  async killRedis(): Promise<void> {
    await killed(this.#store().process);
  }

  /** Restarts it with what it has confirmed. */
  async restartRedis(): Promise<void> {
    this.#redis = await startRedisServer({ port: this.#store().port, args: this.#redisArgs });
  }

  pauseRedis(): void {
    this.#store().process.kill('SIGSTOP');
  }

  resumeRedis(): void {
    this.#store().process.kill('SIGCONT');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.processes.map((child) => child[Symbol.asyncDispose]()));
    this.resumeBroker();
    this.#redis?.process.kill('SIGCONT');
    await this.#redis?.[Symbol.asyncDispose]();
    for (const broker of this.#brokers) await broker[Symbol.asyncDispose]();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #store(): RunningServer {
    if (!this.#redis) throw new Error('the store is not Redis');
    return this.#redis;
  }

  #broker(at: number): NatsClusterServer {
    const broker = this.#brokers[at];
    if (!broker) throw new RangeError(`there is no broker ${at}`);
    return broker;
  }
}

interface Servers {
  readonly brokers: NatsClusterServer[];
  readonly redis: RunningServer | undefined;
  readonly redisArgs: readonly string[];
  readonly directory: string;
}

async function killed(child: ChildProcess): Promise<void> {
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await exited;
}
