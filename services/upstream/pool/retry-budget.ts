// Bounds how many calls are repeated over all requests: where everything fails, trying everything again
// makes it worse.

/** Repeated calls for each one that is made: one in five. */
const EARNED = 0.2;
/** What can be saved up, for failures that come together. */
const SAVED_MAX = 20;

export class RetryBudget {
  #saved = SAVED_MAX;

  /** A request begins. */
  earn(): void {
    this.#saved = Math.min(SAVED_MAX, this.#saved + EARNED);
  }

  /** Whether a call may be repeated, which costs one. */
  spend(): boolean {
    if (this.#saved < 1) return false;
    this.#saved -= 1;
    return true;
  }
}
