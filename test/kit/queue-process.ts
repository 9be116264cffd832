// A process with an end of a queue, to be killed: says in one line what it has done, and stays.
//   node test/kit/queue-process.ts WHERE add ID    adds a job with bytes
//   node test/kit/queue-process.ts WHERE hold      takes a job and never ends it

import { systemClock } from '../../shared/runtime/clock.ts';
import { openQueueAt } from './queue-places.ts';

const [where = '', what = '', id = ''] = process.argv.slice(2);
const queue = await openQueueAt(where, systemClock, () => {});
if (what === 'add') {
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
