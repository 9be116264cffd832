/** Retries earned per request: one in five. */
const RETRIES_PER_REQUEST = 0.2;
/** Upper bound of saved retries, for bursts of failures. */
const SAVED_RETRIES_MAX = 20;

/** Bounds retries over all requests, because retrying everything makes an outage worse. */
export class RetryBudget {
  #saved = SAVED_RETRIES_MAX;

  earn(): void {
    this.#saved = Math.min(SAVED_RETRIES_MAX, this.#saved + RETRIES_PER_REQUEST);
  }

  /** Takes one retry; false if none is left. */
  spend(): boolean {
    if (this.#saved < 1) return false;
    this.#saved -= 1;
    return true;
  }
}
