// Remembers, by hash and for a limited time, bodies that stopped several workers: clients send failed
// requests again, and each repetition could crash another worker.

import { createHmac, randomBytes } from 'node:crypto';
import type { Clock } from '../../../shared/runtime/clock.ts';
import type { PipelineLimits } from '../../../shared/limits.ts';
import type { FrameMeta, RequestMessage } from '../../../shared/protocol/messages.ts';
import { RequestBody, type Body } from '../../../shared/protocol/body.ts';

interface Entry {
  readonly requestId: string;
  /** Position of the worker that was lost, by attempt. */
  readonly lost: ReadonlyMap<number, number>;
  readonly size: number;
  readonly untilMs: number;
}

export interface QuarantineOptions {
  readonly clock: Clock;
  readonly limits: Pick<PipelineLimits, 'quarantineMs' | 'quarantineEntriesMax'>;
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

  add({ meta, body }: RequestMessage, lost: ReadonlyMap<number, number>): void {
    const { size } = body;
    if (size === 0) return;
    const { clock, limits } = this.#options;
    const untilMs = clock.monotonic() + limits.quarantineMs;
    const hash = this.#hashOf(meta.tenant, body);
    this.#entries.delete(hash);
    this.#entries.set(hash, { requestId: meta.id, lost, size, untilMs });
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > limits.quarantineEntriesMax && oldest) this.#entries.delete(oldest);
  }

  /** Hashes a body only if its size equals that of a quarantined one. */
  has(tenant: string, body: Body): boolean {
    const nowMs = this.#options.clock.monotonic();
    for (const [hash, { untilMs }] of this.#entries) {
      if (untilMs > nowMs) break;
      this.#entries.delete(hash);
    }
    const isKnownSize = this.#entries.values().some(({ size }) => size === body.size);
    return isKnownSize && this.#entries.has(this.#hashOf(tenant, body));
  }

  /** Call for a frame of an unknown request: a worker that sends again was only slow. */
  heardFrom({ id, attempt, position }: Pick<FrameMeta, 'id' | 'attempt' | 'position'>): void {
    for (const [hash, { requestId, lost }] of this.#entries) {
      const isLost = requestId === id && (lost.get(attempt) ?? Infinity) <= position;
      if (isLost) this.#entries.delete(hash);
    }
  }

  #hashOf(tenant: string, body: Body): string {
    if (!(body instanceof RequestBody)) throw new TypeError('only held bodies can be hashed');
    const hmac = createHmac('sha256', this.#key).update(JSON.stringify(tenant));
    return hmac.update(body.bytes).digest('base64');
  }
}
