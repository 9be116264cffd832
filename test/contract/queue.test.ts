// Every queue adapter against the one contract; Redis is a real server.

import { systemClock } from '../../shared/runtime/clock.ts';
import { describeWith } from '../kit/describe-with.ts';
import { embeddedPlace, redisPlace } from '../kit/queue-places.ts';
import { queueSuite } from './queue-suite.ts';

queueSuite('embedded', embeddedPlace);

describeWith('redis-server')('over a real redis-server', () => {
  queueSuite('BullMQ', () => redisPlace(systemClock));
});
