// Hands a letter to the next room and says in the catalogue's words why that failed. Workers that
// are full are asked again a few times, quickly: waiting longer would be a queue nobody sees.

import type { Bus } from '../bus/bus.ts';
import { pause, type Clock } from '../runtime/clock.ts';
import { roomOf, type Letter } from '../protocol/messages.ts';
import { LlmpError } from '../errors.ts';
import type { Limits } from '../limits.ts';

export interface ForwardPorts {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly limits: Pick<Limits, 'busyRetryMs'>;
}

/**
 * Resolves when a worker has taken the letter. Rejects with `room_busy`, `room_absent`, or
 * `room_lost` when nobody answered in time, in which case the letter may have been taken.
 */
export async function forward(
  { bus, clock, limits }: ForwardPorts,
  letter: Letter,
  signal: AbortSignal,
): Promise<void> {
  let delivery = await bus.send(letter);
  for (const waitMs of limits.busyRetryMs) {
    if (delivery === 'taken' || delivery === 'unknown' || signal.aborted) break;
    await pause(clock, waitMs, signal);
    delivery = await bus.send(letter);
  }
  const room = roomOf(letter.meta);
  switch (delivery) {
    case 'taken':
      return;
    case 'busy':
      throw new LlmpError('room_busy', `Every ${room} worker is at capacity.`);
    case 'absent':
      throw new LlmpError('room_absent', `No ${room} worker is running.`);
    case 'unknown':
      throw new LlmpError('room_lost', `No ${room} worker answered.`);
  }
}
