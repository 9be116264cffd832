// A process that tests kill: it opens a queue, prints one line about what it did, and keeps running.
//   node test/kit/queue-process.ts LOCATION add ID    adds a job with bytes
//   node test/kit/queue-process.ts LOCATION hold      runs a job and never ends it

import { systemClock } from '../../shared/runtime/clock.ts';
import { openQueueAt } from './queue-fixtures.ts';

const [location = '', action = '', id = ''] = process.argv.slice(2);
const queue = await openQueueAt(location, systemClock, () => {});
if (action === 'add') {
  await queue.add({ id, data: { by: 'a process' }, bytes: Buffer.from(`bytes of ${id}`) });
  process.stdout.write('added\n');
} else {
  queue.work(
    async (job) => {
      await job.progress(0.5);
      process.stdout.write('holding\n');
      await new Promise(() => {});
    },
    { concurrency: 1 },
  );
}
setInterval(() => {}, 60_000);
