import type { Queue } from '../../shared/queue/queue.ts';
import type { Clock } from '../../shared/runtime/clock.ts';
import { dataDirectoryError } from '../../shared/runtime/dependency-error.ts';
import type { Config } from '../config/config.ts';

/**
 * Loads only the configured adapter: BullMQ takes about 16 MB of memory. Rejects with a
 * `DependencyError` when the data directory or Redis cannot be used.
 */
export async function openQueue(
  config: Pick<Config, 'redisUrl' | 'redisCa' | 'redisSentinel' | 'dataDir' | 'limits'>,
  clock: Clock,
  onError: (error: unknown) => void,
): Promise<Queue> {
  const { redisUrl, redisCa, redisSentinel, dataDir, limits } = config;
  if (!redisUrl) {
    const { openEmbeddedQueue } = await import('../../shared/queue/embedded.ts');
    const { untilNotBusy } = await import('../../shared/store/embedded-transaction.ts');
    const lockWaitMs = limits.store.commandMs;
    const options = { directory: dataDir, clock, limits: limits.queue, lockWaitMs, onError };
    try {
      return await untilNotBusy(() => openEmbeddedQueue({ ...options, openWaitMs: 0 }), {
        clock,
        waitMs: lockWaitMs,
      });
    } catch (error) {
      throw dataDirectoryError(error, dataDir);
    }
  }
  const { connectBullmqQueue } = await import('../../shared/queue/bullmq.ts');
  return await connectBullmqQueue({
    url: redisUrl,
    ...(redisCa === null ? {} : { ca: redisCa }),
    ...(redisSentinel === null ? {} : { sentinel: redisSentinel }),
    commandMs: limits.store.commandMs,
    clock,
    limits: limits.queue,
    onError,
  });
}
