// Runs the queue contract against each adapter; Redis is a real server.

import { systemClock } from '../../shared/runtime/clock.ts';
import { describeWith } from '../kit/describe-with.ts';
import { embeddedFixture, redisFixture } from '../kit/queue-fixtures.ts';
import { queueSuite } from './queue-suite.ts';

queueSuite('embedded', embeddedFixture);

describeWith('redis-server')('over a real redis-server', () => {
  queueSuite('BullMQ', () => redisFixture(systemClock));
});
