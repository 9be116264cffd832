// What is tested against a real server is tested against the one compose ships: always in CI, and
// elsewhere against the one that is announced before the tests.

import { connect } from '@nats-io/transport-node';
import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { describeWith } from '../kit/describe-with.ts';
import { serverVersion, shippedVersion, type ServerName } from '../kit/server-programs.ts';
import { startNatsServer, startRedisServer } from '../kit/servers.ts';

function expected(name: ServerName): string {
  return process.env['CI'] ? shippedVersion(name) : (serverVersion(name) ?? 'one that is there');
}

describeWith('nats-server')('the broker the tests start', () => {
  it('is of the version compose ships', async () => {
    await using server = await startNatsServer();
    const client = await connect({ servers: server.url });
    const version = client.info?.version;
    await client.close();
    expect(`${version}.`).toMatch(beginning(expected('nats-server')));
  });
});

describeWith('redis-server')('the store the tests start', () => {
  it('is of the version compose ships', async () => {
    await using server = await startRedisServer();
    const client = new Redis(server.url);
    const [, version] = /redis_version:(\S+)/.exec(await client.info('server')) ?? [];
    client.disconnect();
    expect(`${version}.`).toMatch(beginning(expected('redis-server')));
  });
});

/** 2.1 is not the beginning of 2.15. */
function beginning(version: string): RegExp {
  return new RegExp(`^${RegExp.escape(version)}\\.`);
}
