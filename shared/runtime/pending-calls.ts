// The calls of a thread that wait for their results, by id.

export type CallOutcome =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: unknown };

interface Pending {
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
}

export class PendingCalls {
  readonly #pendingById = new Map<number, Pending>();
  #calls = 0;
  #failure: { readonly error: unknown } | undefined;

  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  /** Whether nobody has settled the call. */
  has(id: number): boolean {
    return this.#pendingById.has(id);
  }

  /** @throws the error of `fail` once the thread has failed */
  open<Result>(): { readonly id: number; readonly result: Promise<Result> } {
    if (this.#failure) throw this.#failure.error;
    const id = (this.#calls += 1);
    const { promise: result, resolve, reject } = Promise.withResolvers<Result>();
    this.#pendingById.set(id, { resolve, reject });
    return { id, result };
  }

  /** Nothing happens for a call that is settled already. */
  settle(outcome: CallOutcome): void {
    const pending = this.#pendingById.get(outcome.id);
    this.#pendingById.delete(outcome.id);
    if ('error' in outcome) pending?.reject(outcome.error);
    else pending?.resolve(outcome.result as never);
  }

  /** Rejects all calls, also later ones, with the first error. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    for (const { reject } of this.#pendingById.values()) reject(this.#failure.error);
    this.#pendingById.clear();
  }
}
