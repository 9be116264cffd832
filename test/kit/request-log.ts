// Reads the gateway's log to see how many requests a client really sent.

import { expect, vi } from 'vitest';
import type { Gateway } from './gateway.ts';

/** Far more than a line takes, even on a busy machine. */
const WRITTEN_MS_MAX = 5_000;

export interface RequestLine {
  readonly requestId: string;
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly outcome: string;
  readonly keyId?: string;
  readonly errorCode?: string;
  readonly model?: string;
  readonly stream?: boolean;
  readonly annotations?: Readonly<Record<string, unknown>>;
  /** When the response was complete. */
  readonly time: number;
}

/** The log lines of finished requests, in order. */
export function requestLines(gateway: Pick<Gateway, 'logs'>): RequestLine[] {
  const lines = gateway.logs().filter((line) => line['msg'] === 'request finished');
  return lines as unknown as RequestLine[];
}

/**
 * Waits until exactly `count` wanted lines are logged, because a line is written shortly after the
 * client has read its response.
 * @param earlier the number of older lines to skip
 */
export function settledLines(
  gateway: Pick<Gateway, 'logs'>,
  isWanted: (line: RequestLine) => boolean,
  count: number,
  earlier = 0,
): Promise<RequestLine[]> {
  return vi.waitFor(() => {
    const lines = requestLines(gateway).slice(earlier).filter(isWanted);
    expect(lines).toHaveLength(count);
    return lines;
  }, WRITTEN_MS_MAX);
}

/** How late a line may be written on a busy machine. */
const WRITTEN_LATE_MS = 200;

/** Milliseconds between the ends of the first two responses: an upper bound of the retry's wait. */
export function waitedMs([first, second]: readonly RequestLine[]): number {
  return first && second ? second.time - first.time + WRITTEN_LATE_MS : 0;
}
