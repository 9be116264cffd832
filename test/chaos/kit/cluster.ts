// A highly available gateway: one or more brokers, one ingress and two workers of every stage, each a process that
// shares only the broker.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { STAGES, type StageName } from '../../../shared/protocol/messages.ts';
import { createKey, hashKey, parseKey } from '../../../shared/keys.ts';
import { openEmbeddedStore } from '../../../shared/store/embedded.ts';
import { collectionNamed } from '../../kit/retrieval.ts';
import {
  freePort,
  startNatsCluster,
  startNatsServer,
  stopped,
  type NatsClusterServer,
} from '../../kit/servers.ts';
import type { ChaosUpstream } from './chaos-upstream.ts';
import { GatewayProcess } from './gateway-process.ts';
import { limits } from '../../../shared/limits.ts';

const REPLICAS = 2;
/** Short enough for pings between the events of a stalled stream. */
const PING_MS = 400;
const DRAIN_MS = 15_000;

export class Cluster implements AsyncDisposable {
  readonly url: string;
  readonly key: string;
  readonly ingress: GatewayProcess;
  /** Two per stage, in pipeline order. */
  readonly workers: readonly GatewayProcess[];
  readonly #brokers: NatsClusterServer[];
  readonly #directory: string;

  private constructor(brokers: NatsClusterServer[], port: number, upstream: ChaosUpstream) {
    this.#brokers = brokers;
    this.#directory = mkdtempSync(join(tmpdir(), 'llmp-chaos-'));
    this.url = `http://127.0.0.1:${port}`;
    this.key = createKey();
    const env = {
      PATH: process.env['PATH'] ?? '',
      NATS_URL: brokers.map(({ url }) => url).join(','),
      LLMP_PORT: String(port),
      LLMP_HEALTH_PORT: '0',
      LLMP_DATA_DIR: this.#directory,
      LLMP_PING_MS: String(PING_MS),
      LLMP_DRAIN_MS: String(DRAIN_MS),
    };
    const directory = this.#directory;
    this.ingress = new GatewayProcess({ name: 'ingress', workers: ['ingress'], env, directory });
    this.workers = STAGES.flatMap((stageName) =>
      Array.from({ length: REPLICAS }, (_, nth) => {
        const name = `${stageName}-${nth + 1}`;
        const workerEnv = { ...env, LLMP_UPSTREAM_URL: upstream.urlFor(name) };
        return new GatewayProcess({ name, workers: [stageName], env: workerEnv, directory });
      }),
    );
  }

  static async start(upstream: ChaosUpstream, brokerCount = 1): Promise<Cluster> {
    const brokers =
      brokerCount > 1
        ? await startNatsCluster(brokerCount)
        : [{ ...(await startNatsServer()), args: [] }];
    const cluster = new Cluster(brokers, await freePort(), upstream);
    try {
      await cluster.#storeKey();
      await Promise.all(cluster.processes.map((child) => child.start()));
      return cluster;
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Stores a key with a collection, so that its requests pass every stage. */
  async #storeKey(): Promise<void> {
    await using store = openEmbeddedStore(this.#directory, limits.store);
    await store.putCollection(collectionNamed('chaos'));
    const id = parseKey(this.key)?.id ?? '';
    const record = { id, hash: hashKey(this.key), name: 'chaos', createdAt: 0 };
    await store.addKey({ ...record, collections: ['chaos'] });
  }

  /** The ingress's data directory. */
  get dataDir(): string {
    return this.#directory;
  }

  get processes(): readonly GatewayProcess[] {
    return [this.ingress, ...this.workers];
  }

  /** The first worker of a stage. */
  worker(stageName: StageName): GatewayProcess {
    const worker = this.workers[STAGES.indexOf(stageName) * REPLICAS];
    if (!worker) throw new RangeError(`no worker of ${stageName}`);
    return worker;
  }

  get brokerCount(): number {
    return this.#brokers.length;
  }

  async killBroker(at = 0): Promise<void> {
    const { process: child } = this.#broker(at);
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await exited;
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

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.ingress, ...this.workers].map((child) => child[Symbol.asyncDispose]()));
    this.resumeBroker();
    for (const broker of this.#brokers) await broker[Symbol.asyncDispose]();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #broker(at: number): NatsClusterServer {
    const broker = this.#brokers[at];
    if (!broker) throw new RangeError(`there is no broker ${at}`);
    return broker;
  }
}
