// One upstream of a pool: its models, its circuit breaker and the availability of its keys.

import { compileGlobs } from '../../../shared/policy/glob.ts';
import type { Transport } from '../transport.ts';
import {
  allowsCall,
  CLOSED_STATE,
  nextState,
  type BreakerEvent,
  type BreakerState,
} from './breaker.ts';

export interface EndpointOptions {
  readonly name: string;
  readonly transport: Transport;
  /** Raw header pairs of each key; one empty entry if no key is needed. */
  readonly credentials: readonly (readonly string[])[];
  readonly weight: number;
  readonly models: readonly string[];
  readonly aliases: Readonly<Record<string, string>>;
  /** Raw header pairs that replace the client's. */
  readonly headers: readonly string[];
  readonly headersTimeoutMs: number;
}

/** Routes and models that an upstream is remembered not to have. */
const AVOIDED_MAX = 1_000;

export class Endpoint {
  readonly options: EndpointOptions;
  readonly #serves: (model: string) => boolean;
  readonly #keys: { readonly headers: readonly string[]; readyMs: number; usedAt: number }[];
  #breaker: BreakerState = CLOSED_STATE;
  /** By route or model; clients choose the names of models, so the oldest is forgotten. */
  readonly #avoidedUntilMs = new Map<string, number>();
  #uses = 0;

  constructor(options: EndpointOptions) {
    this.options = options;
    this.#serves = compileGlobs(options.models);
    this.#keys = options.credentials.map((headers) => ({ headers, readyMs: 0, usedAt: 0 }));
  }

  get breaker(): BreakerState {
    return this.#breaker;
  }

  /** The model's name here; `undefined` if not served. Every endpoint serves requests without a model. */
  modelName(model: string | undefined): string | undefined {
    if (model === undefined) return '';
    const alias = Object.hasOwn(this.options.aliases, model)
      ? this.options.aliases[model]
      : undefined;
    return alias ?? (this.#serves(model) ? model : undefined);
  }

  /** Indexes of available keys, least recently used first. */
  readyKeys(nowMs: number): number[] {
    if (!allowsCall(this.#breaker, nowMs)) return [];
    const ready = [...this.#keys.keys()].filter((index) => this.readyMs(index) <= nowMs);
    const usedAt = (index: number) => this.#keys[index]?.usedAt ?? 0;
    return ready.toSorted((one, other) => usedAt(one) - usedAt(other));
  }

  /** When a key is available and the breaker admits a call; Infinity during a probe. */
  firstReadyMs(): number {
    if (this.#breaker.kind === 'half-open') return Infinity;
    const breakerMs = this.#breaker.kind === 'open' ? this.#breaker.untilMs : 0;
    const keyMs = Math.min(...this.#keys.keys().map((index) => this.readyMs(index)));
    return Math.max(breakerMs, keyMs);
  }

  readyMs(key: number): number {
    return this.#keys[key]?.readyMs ?? Infinity;
  }

  /** Starts a call with a key and returns its header pairs. */
  begin(key: number, nowMs: number): readonly string[] {
    const used = this.#keys[key];
    if (!used) throw new RangeError(`no key ${key}`);
    used.usedAt = ++this.#uses;
    this.record('probe', nowMs);
    return used.headers;
  }

  /** Makes a key unavailable until `untilMs`. */
  suspend(key: number, untilMs: number): void {
    const used = this.#keys[key];
    if (used) used.readyMs = Math.max(used.readyMs, untilMs);
  }

  /** Makes all keys unavailable until `untilMs`. */
  suspendAll(untilMs: number): void {
    for (const key of this.#keys.keys()) this.suspend(key, untilMs);
  }

  /** Prefers other endpoints for a route or model that this one does not have. */
  avoid(name: string, untilMs: number): void {
    this.#avoidedUntilMs.delete(name);
    this.#avoidedUntilMs.set(name, untilMs);
    const [oldest] = this.#avoidedUntilMs.keys();
    if (this.#avoidedUntilMs.size > AVOIDED_MAX && oldest !== undefined) {
      this.#avoidedUntilMs.delete(oldest);
    }
  }

  isAvoided(name: string, nowMs: number): boolean {
    return (this.#avoidedUntilMs.get(name) ?? -Infinity) > nowMs;
  }

  /** Applies an event to the breaker. @returns whether its state changed */
  record(event: BreakerEvent, nowMs: number): boolean {
    const before = this.#breaker.kind;
    this.#breaker = nextState(this.#breaker, event, nowMs);
    return this.#breaker.kind !== before;
  }
}
