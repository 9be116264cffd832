// Sends a message to the next worker. Asks again for a short time when workers are busy or of a version that
// cannot read it, as others may be free and of the right one; waiting longer would form a hidden queue.

import type { Bus, Delivery } from '../bus/bus.ts';
import { pause, type Clock } from '../runtime/clock.ts';
import { stageNameOf, type RequestMessage } from '../protocol/messages.ts';
import { RELEASE } from '../protocol/release.ts';
import { LlmpError } from '../errors.ts';
import type { PipelineLimits } from '../limits.ts';

export interface ForwardPorts {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly limits: Pick<PipelineLimits, 'busyRetryMs'>;
}

/**
 * Resolves when a worker has accepted the message; sends nothing more once `signal` aborts.
 * @throws `overloaded`, `no_workers`, `version_mismatch`, or, when it may have been accepted, `worker_lost`
 * or `bus_down`
 */
export async function forward(
  { bus, clock, limits }: ForwardPorts,
  message: RequestMessage,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  let delivery = await bus.send(message);
  for (const waitMs of limits.busyRetryMs) {
    if (isDecided(delivery) || signal.aborted) break;
    await pause(clock, waitMs, signal);
    if (signal.aborted) break;
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
      throw new LlmpError('worker_lost', `No ${stageName} worker responded.`);
    case 'disconnected':
      throw new LlmpError('bus_down');
    default:
      throw new LlmpError(
        'version_mismatch',
        `A message of version ${RELEASE} is ${delivery}, the version of a ${stageName} worker.`,
      );
  }
}

/** Whether asking again would not help, or could deliver the message twice. */
function isDecided(delivery: Delivery): boolean {
  return delivery !== 'busy' && delivery !== 'no_responders' && !delivery.startsWith('unreadable');
}
