// Hands a message to the next worker and says in the catalogue's words why that failed. Workers that
// are full are asked again a few times, quickly: waiting longer would be a queue nobody sees.

import type { Bus } from '../bus/bus.ts';
import { pause, type Clock } from '../runtime/clock.ts';
import { stageNameOf, type RequestMessage } from '../protocol/messages.ts';
import { LlmpError } from '../errors.ts';
import type { Limits } from '../limits.ts';

export interface ForwardPorts {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly limits: Pick<Limits, 'busyRetryMs'>;
}

/**
 * Resolves when a worker has taken the message. Rejects with `overloaded`, `no_workers`, or
 * `worker_lost` when nobody answered in time, in which case the message may have been taken.
 */
export async function forward(
  { bus, clock, limits }: ForwardPorts,
  message: RequestMessage,
  signal: AbortSignal,
): Promise<void> {
  let delivery = await bus.send(message);
  for (const waitMs of limits.busyRetryMs) {
    if (delivery === 'accepted' || delivery === 'timeout' || signal.aborted) break;
    await pause(clock, waitMs, signal);
    delivery = await bus.send(message);
  }
  const stageName = stageNameOf(message.meta);
  switch (delivery) {
    case 'accepted':
      return;
    case 'busy':
      throw new LlmpError('overloaded', `Every ${stageName} worker is at capacity.`);
    case 'no_responders':
      throw new LlmpError('no_workers', `No ${stageName} worker is running.`);
    case 'timeout':
      throw new LlmpError('worker_lost', `No ${stageName} worker answered.`);
  }
}
