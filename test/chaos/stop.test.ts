// SIGTERM stops every process quickly after its broker or Redis died, and loses no open stream silently.
// test/integration/stop.test.ts has the servers that run or stand still.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startRedisServer, type RunningServer } from '../kit/servers.ts';
import {
  ALL_CLEAN,
  ALL_KEPT,
  exitCodes,
  killed,
  StoppingGateway,
  untilLost,
} from '../kit/stopping.ts';

/** Resolves `broker.test` until the file NAME_GONE exists, as container networks do. */
const NAMES = `data:text/javascript,${encodeURIComponent(`
  import dns from 'node:dns';
  import { existsSync } from 'node:fs';
  const { lookup } = dns;
  dns.lookup = (name, options, done) => {
    if (name !== 'broker.test') return lookup(name, options, done);
    const gone = Object.assign(new Error('no such name'), { code: 'ENOTFOUND' });
    const found = options.all ? [{ address: '127.0.0.1', family: 4 }] : '127.0.0.1';
    process.nextTick(done, existsSync(process.env.NAME_GONE) ? gone : null, found, 4);
  };
`)}`;

describe('a stopping process', { timeout: 60_000 }, () => {
  let gateway: StoppingGateway;
  let broker: RunningServer;
  beforeEach(async () => {
    gateway = await StoppingGateway.prepare();
    broker = await gateway.startBroker();
  });
  afterEach(() => gateway[Symbol.asyncDispose]());

  it('exits cleanly when idle and the broker is gone', async () => {
    const { all } = await gateway.startAll(broker);
    await killed(broker);
    await untilLost(all);
    expect(await exitCodes(all)).toEqual(ALL_CLEAN);
  });

  it('exits cleanly when idle and the host name of the broker is gone', async () => {
    const gone = join(gateway.directory, 'gone');
    const { all } = await gateway.startAll(broker, {
      NATS_URL: `nats://broker.test:${broker.port}`,
      NODE_OPTIONS: `--import=${NAMES}`,
      NAME_GONE: gone,
    });
    writeFileSync(gone, '');
    await killed(broker);
    await untilLost(all);
    expect(await exitCodes(all)).toEqual(ALL_CLEAN);
  });

  it('exits after Redis was killed', async () => {
    const redis = gateway.stack.use(await startRedisServer());
    const stopped = await gateway.stopAfterRedis(broker, redis, 'SIGKILL');
    expect(stopped).toMatchObject(ALL_KEPT);
  });
});
