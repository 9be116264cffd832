// Remembers, by hash and for a limited time, bodies that stopped workers: clients send failed requests
// again, and each repetition could crash another worker. After several, the body is refused.

import { createHmac, randomBytes } from 'node:crypto';
import type { Clock } from '../../../shared/runtime/clock.ts';
import type { PipelineLimits } from '../../../shared/limits.ts';
import type { FrameMeta, RequestMessage } from '../../../shared/protocol/messages.ts';
import { RequestBody, type Body } from '../../../shared/protocol/body.ts';

interface Loss {
  readonly requestId: string;
  readonly attempt: number;
  readonly position: number;
}

interface Entry {
  /** Workers that were lost with this body. */
  readonly losses: readonly Loss[];
  readonly size: number;
  readonly untilMs: number;
}

export interface QuarantineOptions {
  readonly clock: Clock;
  readonly limits: Pick<PipelineLimits, 'lostWorkersMax' | 'quarantineMs' | 'quarantineEntriesMax'>;
}

export class Quarantine {
  readonly #options: QuarantineOptions;
  /** Random for each process, so the hashes reveal nothing about the bodies. */
  readonly #key = randomBytes(32);
  /** By hash, the oldest first. */
  readonly #entries = new Map<string, Entry>();

  constructor(options: QuarantineOptions) {
    this.#options = options;
  }

  /** @param lost position of the worker that was lost, by attempt of this request */
  add({ meta, body }: RequestMessage, lost: ReadonlyMap<number, number>): void {
    const { size } = body;
    if (size === 0) return;
    const { clock, limits } = this.#options;
    const untilMs = clock.monotonic() + limits.quarantineMs;
    const hash = this.#hashOf(meta.tenant, body);
    const earlier = this.#entries.get(hash)?.losses ?? [];
    const added = [...lost].map(([attempt, position]) => ({
      requestId: meta.id,
      attempt,
      position,
    }));
    this.#entries.delete(hash);
    this.#entries.set(hash, { losses: [...earlier, ...added], size, untilMs });
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > limits.quarantineEntriesMax && oldest) this.#entries.delete(oldest);
  }

  has(tenant: string, body: Body): boolean {
    return this.#lossesOf(tenant, body) >= this.#options.limits.lostWorkersMax;
  }

  /** Workers lost with this body in earlier requests. */
  lossesOf({ meta, body }: RequestMessage): number {
    return this.#lossesOf(meta.tenant, body);
  }

  /** Hashes a body only if its size equals that of a known one. */
  #lossesOf(tenant: string, body: Body): number {
    if (this.#entries.size === 0) return 0;
    const nowMs = this.#options.clock.monotonic();
    for (const [hash, { untilMs }] of this.#entries) {
      if (untilMs > nowMs) break;
      this.#entries.delete(hash);
    }
    const isKnownSize = this.#entries.values().some(({ size }) => size === body.size);
    if (!isKnownSize) return 0;
    return this.#entries.get(this.#hashOf(tenant, body))?.losses.length ?? 0;
  }

  /** Call for a frame of an unknown request: a worker that sends again was only slow. */
  heardFrom({ id, attempt, position }: Pick<FrameMeta, 'id' | 'attempt' | 'position'>): void {
    for (const [hash, entry] of this.#entries) {
      const losses = entry.losses.filter(
        (loss) => !(loss.requestId === id && loss.attempt === attempt && loss.position <= position),
      );
      if (losses.length === 0) this.#entries.delete(hash);
      else if (losses.length < entry.losses.length) this.#entries.set(hash, { ...entry, losses });
    }
  }

  #hashOf(tenant: string, body: Body): string {
    if (!(body instanceof RequestBody)) throw new TypeError('only held bodies can be hashed');
    const hmac = createHmac('sha256', this.#key).update(JSON.stringify(tenant));
    return hmac.update(body.bytes).digest('base64');
  }
}
