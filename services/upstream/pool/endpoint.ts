// One upstream of several: which models it has, whether it is well, and which of its keys is next.

import { compileGlobs } from '../../../shared/policy/glob.ts';
import type { Transport } from '../transport.ts';
import { admits, CLOSED, next, type BreakerEvent, type BreakerState } from './breaker.ts';

export interface EndpointOptions {
  readonly name: string;
  readonly transport: Transport;
  /** Raw header pairs of each key; one empty entry where none is needed. */
  readonly credentials: readonly (readonly string[])[];
  readonly weight: number;
  readonly models: readonly string[];
  readonly aliases: Readonly<Record<string, string>>;
  /** Raw header pairs in place of the client's. */
  readonly headers: readonly string[];
  readonly headersTimeoutMs: number;
}

export class Endpoint {
  readonly options: EndpointOptions;
  readonly #serves: (model: string) => boolean;
  readonly #keys: { readonly headers: readonly string[]; readyMs: number; usedAt: number }[];
  #breaker: BreakerState = CLOSED;
  #uses = 0;

  constructor(options: EndpointOptions) {
    this.options = options;
    this.#serves = compileGlobs(options.models);
    this.#keys = options.credentials.map((headers) => ({ headers, readyMs: 0, usedAt: 0 }));
  }

  get breaker(): BreakerState {
    return this.#breaker;
  }

  /** What the model is called here; undefined where it is not served. Without a model all serve. */
  modelName(model: string | undefined): string | undefined {
    if (model === undefined) return '';
    const alias = Object.hasOwn(this.options.aliases, model)
      ? this.options.aliases[model]
      : undefined;
    return alias ?? (this.#serves(model) ? model : undefined);
  }

  /** Indexes of keys that are ready, the one that was used longest ago first. */
  readyKeys(nowMs: number): number[] {
    if (!admits(this.#breaker, nowMs)) return [];
    const ready = [...this.#keys.keys()].filter((index) => this.readyMs(index) <= nowMs);
    const usedAt = (index: number) => this.#keys[index]?.usedAt ?? 0;
    return ready.toSorted((one, other) => usedAt(one) - usedAt(other));
  }

  /** When the first key is ready and the breaker lets somebody pass; Infinity while one probes. */
  firstReadyMs(): number {
    if (this.#breaker.kind === 'half-open') return Infinity;
    const breakerMs = this.#breaker.kind === 'open' ? this.#breaker.untilMs : 0;
    const keyMs = Math.min(...this.#keys.keys().map((index) => this.readyMs(index)));
    return Math.max(breakerMs, keyMs);
  }

  readyMs(key: number): number {
    return this.#keys[key]?.readyMs ?? Infinity;
  }

  /** Begins a call with a key; gives its header pairs. */
  begin(key: number, nowMs: number): readonly string[] {
    const used = this.#keys[key];
    if (!used) throw new RangeError(`there is no key ${key}`);
    used.usedAt = ++this.#uses;
    this.tell('probe', nowMs);
    return used.headers;
  }

  /** A key is of no use until then. */
  rest(key: number, untilMs: number): void {
    const used = this.#keys[key];
    if (used) used.readyMs = Math.max(used.readyMs, untilMs);
  }

  /** True when the state of its breaker has changed. */
  tell(event: BreakerEvent, nowMs: number): boolean {
    const before = this.#breaker.kind;
    this.#breaker = next(this.#breaker, event, nowMs);
    return this.#breaker.kind !== before;
  }
}
