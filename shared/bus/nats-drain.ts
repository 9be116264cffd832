// Taking leave of the broker: of a worker, of a inbox, of the connection. The broker's word is waited
// for while it may come; one that is gone or stands still must not hold up the end of a process.

import { endsWithin, type Clock } from '../runtime/clock.ts';

export interface LeaveOptions {
  readonly clock: Pick<Clock, 'after'>;
  /** How long the broker may take to answer. */
  readonly acceptMs: number;
  readonly connected: () => boolean;
  readonly onError: (error: unknown) => void;
}

/** Says each goodbye, and waits until the broker has heard it; never rejects. */
export function createLeave({ clock, acceptMs, connected, onError }: LeaveOptions) {
  // A broker that let one goodbye go by is not waited for again.
  let isSilent = false;
  return async (goodbye: () => Promise<unknown>): Promise<void> => {
    const said = goodbye().catch(onError);
    if (isSilent || !connected()) return;
    isSilent = !(await endsWithin(clock, acceptMs, said));
  };
}
