// The gateway's own log as the witness of how many requests a client really sent, which is nothing a
// client tells.

import { expect } from 'vitest';
import type { Gateway } from './gateway.ts';

export interface RequestLine {
  readonly requestId: string;
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly outcome: string;
  readonly errorCode?: string;
  readonly model?: string;
  readonly stream?: boolean;
  readonly notes?: Readonly<Record<string, unknown>>;
  /** When the response was complete. */
  readonly time: number;
}

/** One line for each request that has come to its end so far, in that order. */
export function requestLines(gateway: Pick<Gateway, 'logs'>): RequestLine[] {
  const lines = gateway.logs().filter((line) => line['msg'] === 'request finished');
  return lines as unknown as RequestLine[];
}

/**
 * The lines that `count` of them were expected for. A line is written when the response closes, a
 * moment after its client has read it, so this waits; it ends in a failure when there are more.
 */
export async function settledLines(
  gateway: Pick<Gateway, 'logs'>,
  isWanted: (line: RequestLine) => boolean,
  count: number,
): Promise<RequestLine[]> {
  await expect.poll(() => requestLines(gateway).filter(isWanted)).toHaveLength(count);
  return requestLines(gateway).filter(isWanted);
}
