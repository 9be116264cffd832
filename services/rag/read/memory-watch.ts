// A thread beside a reader that ends the process when it takes too much memory: the heap's own bound
// does not count buffers, which is where bombs unpack. It also ends a reader nobody waits for any more.

import { workerData } from 'node:worker_threads';
import { systemClock } from '../../../shared/runtime/clock.ts';

export interface WatchOrder {
  /** Of all that is resident. */
  readonly memoryBytesMax: number;
  readonly periodMs: number;
  /** The gateway ends readers earlier, unless it was ended itself. */
  readonly lifeMs: number;
}

const { memoryBytesMax, periodMs, lifeMs } = workerData as WatchOrder;

systemClock.every(periodMs, () => {
  if (process.memoryUsage.rss() > memoryBytesMax) process.kill(process.pid, 'SIGKILL');
});
systemClock.after(lifeMs, () => process.kill(process.pid, 'SIGKILL'));
