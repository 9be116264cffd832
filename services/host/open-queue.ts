// Which queue the configuration means. Its adapter is loaded only when it is the one: BullMQ alone costs
// a process some 16 MB, and a gateway without Redis never needs it.

import type { Clock } from '../../shared/runtime/clock.ts';
import { dataDirectoryError } from '../../shared/runtime/dependency-error.ts';
import type { Queue } from '../../shared/queue/queue.ts';
import type { Config } from '../config/config.ts';

/** Rejects with a `DependencyError` when the data directory or Redis cannot be had. */
export async function openQueue(
  config: Pick<Config, 'redisUrl' | 'redisCa' | 'dataDir' | 'limits'>,
  clock: Clock,
  onError: (error: unknown) => void,
): Promise<Queue> {
  const { redisUrl, redisCa, dataDir, limits } = config;
  if (!redisUrl) {
    const { openEmbeddedQueue } = await import('../../shared/queue/embedded.ts');
    try {
      return openEmbeddedQueue({ directory: dataDir, clock, limits: limits.queue, onError });
    } catch (error) {
      throw dataDirectoryError(error, dataDir);
    }
  }
  const { connectBullmqQueue } = await import('../../shared/queue/bullmq.ts');
  return await connectBullmqQueue({
    url: redisUrl,
    ...(redisCa === null ? {} : { ca: redisCa }),
    commandMs: limits.storeMs,
    clock,
    limits: limits.queue,
    onError,
  });
}
