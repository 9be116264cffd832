// The gateway's own log as the witness of how many requests a client really sent, which is nothing a
// client tells.

import { expect, vi } from 'vitest';
import type { Gateway } from './gateway.ts';

/** Far more than a line takes, also on a machine that is busy with five clients at once. */
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

/** One line for each request that has come to its end so far, in that order. */
export function requestLines(gateway: Pick<Gateway, 'logs'>): RequestLine[] {
  const lines = gateway.logs().filter((line) => line['msg'] === 'request finished');
  return lines as unknown as RequestLine[];
}

/**
 * The lines that `count` of them are expected for. A line is written when the response closes, a
 * moment after its client has read it, so this waits; it rejects when it stays at another number. The first `earlier` lines
 * of all are left out.
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

/** On a busy machine a line is written this much after its client had the answer. */
const WRITTEN_LATE_MS = 200;

/** Milliseconds from the end of the first answer to the end of the second: what a retry waited at most. */
export function waitedMs([first, second]: readonly RequestLine[]): number {
  return first && second ? second.time - first.time + WRITTEN_LATE_MS : 0;
}
