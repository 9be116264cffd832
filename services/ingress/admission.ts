// Who may be served now. Takes from the quotas of the key and of its team what a request is thought to
// need, all or nothing, and corrects it once the true cost is known. A quota belongs to a line of
// rotated keys, so that a rotation does not double it. When the store is down, `onStoreFault` decides:
// a limiter that fails must not take the gateway with it, unless its owner wants just that.

import type { Clock } from '../../shared/clock.ts';
import { LlmpError, WAIT_SECONDS_MAX } from '../../shared/errors.ts';
import type { Events } from '../../shared/events.ts';
import type { Limits } from '../../shared/limits.ts';
import type { Draw, QuotaLimits, QuotaOrder, Quotas, Seat } from '../../shared/quotas.ts';
import { waitMs } from '../../shared/token-bucket.ts';
import type { Caller } from './auth.ts';
import { inputEstimate } from './input-estimate.ts';
import { quotaHeaders, type QuotaReading } from './quota-headers.ts';

export interface AdmissionPorts {
  readonly quotas: Quotas;
  /** What the keys of a team may use together; undefined bounds nothing. */
  readonly teamLimits: (team: string) => Promise<QuotaLimits | undefined>;
  readonly clock: Pick<Clock, 'now' | 'monotonic' | 'every'>;
  readonly limits: Pick<Limits, 'seatMs' | 'seatBeatMs' | 'storeRestMs'>;
  readonly events: Pick<Events, 'fault' | 'unlimited'>;
  readonly onStoreFault: 'open' | 'closed';
}

export interface Ask {
  readonly id: string;
  /** Counting tokens draws only from a bucket of its own, as large as that of requests. */
  readonly kind: 'message' | 'count';
  readonly body: Uint8Array;
}

/** What a request has cost: nothing, what the upstream says, or what can only be estimated. */
export interface Spent {
  /** undefined: as much as was estimated at the beginning. */
  readonly inputTokens: number | undefined;
  readonly outputTokens: number;
}

export interface Grant {
  /** Raw pairs of `anthropic-ratelimit-…`; none where nothing is limited. */
  readonly headers: readonly string[];
  /** To be called once, when the request has ended in whichever way. */
  readonly settle: (spent: Spent) => void;
}

export interface Admission extends AsyncDisposable {
  /** Rejects with `rate_limited`, which carries the headers, or with `store_down`. */
  admit(caller: Caller, ask: Ask): Promise<Grant>;
}

const FREE: Grant = { headers: [], settle: () => {} };

/** Nobody knows when a seat falls free; clients back off further by themselves. */
const SEAT_WAIT_MS = 1_000;

type Rate = QuotaReading['rate'];
type Taking = Draw & { readonly rate: Rate };

export function createAdmission(ports: AdmissionPorts): Admission {
  const { quotas, clock, limits, events, onStoreFault } = ports;
  /** What the store failed with lately; it takes its time to fail, which not every request must wait. */
  let down: { readonly error: unknown; readonly untilMs: number } | undefined;
  const seated = new Set<Pick<QuotaOrder, 'holder' | 'seats'>>();
  const settling = new Set<Promise<void>>();
  const stopBeats = clock.every(limits.seatBeatMs, () => {
    const nowMs = clock.now();
    for (const { holder, seats } of seated) {
      quotas
        .renew({ holder, seats, nowMs, untilMs: nowMs + limits.seatMs })
        .catch((error: unknown) => events.fault(error));
    }
  });

  return {
    async admit(caller, { id, kind, body }) {
      const { tenant, team, limits: keyLimits } = caller;
      if (keyLimits === undefined && team === undefined) return FREE;
      const nowMs = clock.now();
      try {
        if (down && clock.monotonic() < down.untilMs) throw down.error;
        const teamBounds = team === undefined ? undefined : await ports.teamLimits(team);
        const bounded = [
          { name: `key:${tenant}`, bounds: keyLimits ?? {} },
          { name: `team:${team}`, bounds: teamBounds ?? {} },
        ];
        const estimate = needsEstimate(bounded, kind) ? inputEstimate(body) : 0;
        const draws = bounded.flatMap(({ name, bounds }) => drawsOf(name, bounds, kind, estimate));
        const seats = kind === 'count' ? [] : bounded.flatMap(seatsOf);
        if (draws.length + seats.length === 0) return FREE;
        const untilMs = nowMs + limits.seatMs;
        const state = await quotas.take({ nowMs, draws, seats, holder: id, untilMs });
        const readings = draws.map(({ rate, perMinute }, at) => {
          return { rate, perMinute, left: state.left[at] ?? 0 };
        });
        const headers = quotaHeaders(readings, nowMs);
        if (!state.granted) throw refusal(draws, seats, state, headers);
        return grantOf(id, estimate, draws, seats, headers);
      } catch (error) {
        if (error instanceof LlmpError) throw error;
        if (down?.error !== error)
          down = { error, untilMs: clock.monotonic() + limits.storeRestMs };
        if (onStoreFault === 'closed')
          throw new LlmpError('store_down', undefined, { cause: error });
        events.unlimited({ requestId: id, keyId: caller.keyId, error });
        return FREE;
      }
    },
    async [Symbol.asyncDispose]() {
      stopBeats();
      await Promise.all(settling);
    },
  };

  function grantOf(
    holder: string,
    estimate: number,
    draws: readonly Taking[],
    seats: readonly Seat[],
    headers: readonly string[],
  ): Grant {
    const sitting = { holder, seats };
    if (seats.length > 0) seated.add(sitting);
    return {
      headers,
      settle({ inputTokens = estimate, outputTokens }) {
        seated.delete(sitting);
        const corrections = draws
          .map((draw) => ({ ...draw, tokens: correctionOf(draw, inputTokens, outputTokens) }))
          .filter(({ tokens }) => tokens !== 0);
        if (corrections.length + seats.length === 0) return;
        const settled = quotas
          .settle({ nowMs: clock.now(), draws: corrections, seats, holder })
          .catch((error: unknown) => events.fault(error, holder))
          .finally(() => settling.delete(settled));
        settling.add(settled);
      },
    };
  }
}

function needsEstimate(bounded: readonly { bounds: QuotaLimits }[], kind: Ask['kind']): boolean {
  return kind === 'message' && bounded.some((one) => one.bounds.inputTokensPerMinute !== undefined);
}

function drawsOf(name: string, bounds: QuotaLimits, kind: Ask['kind'], estimate: number): Taking[] {
  const { requestsPerMinute, inputTokensPerMinute, outputTokensPerMinute } = bounds;
  const draw = (rate: Rate, perMinute: number | undefined, tokens: number, suffix: string = rate) =>
    perMinute === undefined ? [] : [{ bucket: `${name}:${suffix}`, rate, perMinute, tokens }];
  if (kind === 'count') return draw('requests', requestsPerMinute, 1, 'counts');
  return [
    ...draw('requests', requestsPerMinute, 1),
    ...draw('input-tokens', inputTokensPerMinute, estimate),
    // Anthropic counts what is written, not `max_tokens`: it is drawn when it is known.
    ...draw('output-tokens', outputTokensPerMinute, 0),
  ];
}

function seatsOf({ name, bounds }: { name: string; bounds: QuotaLimits }): Seat[] {
  const { concurrentRequests: max } = bounds;
  return max === undefined ? [] : [{ table: name, max }];
}

/** What is to be given back, or taken where negative; an admitted request stays a request. */
function correctionOf({ rate, tokens }: Taking, inputTokens: number, outputTokens: number): number {
  if (rate === 'requests') return 0;
  return rate === 'input-tokens' ? tokens - inputTokens : -outputTokens;
}

function refusal(
  draws: readonly Taking[],
  seats: readonly Seat[],
  { left, seated }: { left: readonly number[]; seated: readonly boolean[] },
  headers: readonly string[],
): LlmpError {
  const waits = draws
    .map((draw, at) => ({
      of: `${draw.perMinute} ${draw.rate.replace('-', ' ')} per minute`,
      ms: waitMs(left[at] ?? 0, draw.tokens, draw.perMinute),
      bucket: draw.bucket,
    }))
    .concat(
      seats.map(({ table, max }, at) => ({
        of: `${max} concurrent requests`,
        ms: seated[at] === true ? 0 : SEAT_WAIT_MS,
        bucket: table,
      })),
    )
    .toSorted((one, other) => other.ms - one.ms);
  const [longest] = waits;
  const seconds = Math.max(1, Math.ceil((longest?.ms ?? 0) / 1_000));
  const whose = longest?.bucket.startsWith('team:') ? "This API key's team" : 'This API key';
  return new LlmpError('rate_limited', `${whose} has reached its limit of ${longest?.of}.`, {
    retryAfterSeconds: seconds,
    ...(seconds > WAIT_SECONDS_MAX ? { retry: false } : {}),
    headers,
  });
}
