// A thread that ends the reading process if it uses too much memory or outlives its gateway. The heap
// limit does not count buffers, which is where zip bombs unpack.

import { workerData } from 'node:worker_threads';
import { systemClock } from '../../../shared/runtime/clock.ts';

export interface WatchOptions {
  /** Limit of resident memory. */
  readonly memoryBytesMax: number;
  readonly periodMs: number;
  /** Takes effect only if the gateway itself has ended. */
  readonly lifeMs: number;
}

const { memoryBytesMax, periodMs, lifeMs } = workerData as WatchOptions;

systemClock.every(periodMs, () => {
  if (process.memoryUsage.rss() > memoryBytesMax) process.kill(process.pid, 'SIGKILL');
});
systemClock.after(lifeMs, () => process.kill(process.pid, 'SIGKILL'));
