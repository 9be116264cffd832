import { endsWithin, type Clock } from '../runtime/clock.ts';

export interface DrainOptions {
  readonly clock: Pick<Clock, 'after'>;
  /** How long the broker may take to reply. */
  readonly acceptMs: number;
  readonly connected: () => boolean;
  readonly onError: (error: unknown) => void;
}

/**
 * Unsubscribes with a bounded wait for the broker, so that a lost or stalled broker cannot block
 * shutdown. The returned function never rejects.
 */
export function createDrain({ clock, acceptMs, connected, onError }: DrainOptions) {
  // After one timeout, later calls do not wait.
  let isStalled = false;
  return async (unsubscribe: () => Promise<unknown>): Promise<void> => {
    const drained = unsubscribe().catch(onError);
    if (isStalled || !connected()) return;
    isStalled = !(await endsWithin(clock, acceptMs, drained));
  };
}
