// What a key or a team may use, and how it is asked for: draws from buckets that refill, and seats
// that are taken while a request runs.

/** Bounds on a key or a team; what is absent is not bounded. */
export interface QuotaLimits {
  readonly requestsPerMinute?: number;
  readonly inputTokensPerMinute?: number;
  readonly outputTokensPerMinute?: number;
  readonly concurrentRequests?: number;
}

export interface Draw {
  /** Name of the bucket. */
  readonly bucket: string;
  /** What it refills in a minute, and what it holds when full. */
  readonly perMinute: number;
  /** Whole; to settle: what is given back, or taken beyond what was drawn where negative. */
  readonly tokens: number;
}

export interface Seat {
  /** Name of what the seats belong to. */
  readonly table: string;
  /** Seats there are. */
  readonly max: number;
}

export interface QuotaOrder {
  /**
   * Milliseconds since the epoch, by the asker's clock. Where the clocks of askers differ, a bucket
   * follows the one furthest ahead: it is never refilled twice for the same time.
   */
  readonly nowMs: number;
  readonly draws: readonly Draw[];
  readonly seats: readonly Seat[];
  /** Who sits: one name for each request. */
  readonly holder: string;
  /** Seats not renewed until then are free again, as their holder must have died. */
  readonly untilMs: number;
}

export interface QuotaState {
  readonly granted: boolean;
  /** Tokens left by draw: after it when granted, without it when not. May be a fraction or negative. */
  readonly left: readonly number[];
  /** Whether there was a seat, by seat asked for. */
  readonly seated: readonly boolean[];
}

/** Each call is one step for all who share the quotas: what is granted never exceeds what there is. */
export interface Quotas {
  /** Takes every draw and every seat of the order, or nothing of it. */
  take(order: QuotaOrder): Promise<QuotaState>;
  /** Corrects draws once the true cost is known, and frees the seats. Never refused. */
  settle(order: Omit<QuotaOrder, 'untilMs'>): Promise<void>;
  /** Keeps seats that are still taken; one that is no longer there is not taken again. */
  renew(order: Omit<QuotaOrder, 'draws'>): Promise<void>;
}
