// CI tests against the server versions that compose ships; other machines may use another version, which
// the test setup announces.

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
  it('has the version compose ships', async () => {
    await using server = await startNatsServer();
    const client = await connect({ servers: server.url });
    const version = client.info?.version;
    await client.close();
    expect(`${version}.`).toMatch(versionPrefix(expected('nats-server')));
  });
});

describeWith('redis-server')('the store the tests start', () => {
  it('has the version compose ships', async () => {
    await using server = await startRedisServer();
    const client = new Redis(server.url);
    const [, version] = /redis_version:(\S+)/.exec(await client.info('server')) ?? [];
    client.disconnect();
    expect(`${version}.`).toMatch(versionPrefix(expected('redis-server')));
  });
});

/** 2.1 is not a prefix of 2.15. */
function versionPrefix(version: string): RegExp {
  return new RegExp(`^${RegExp.escape(version)}\\.`);
}
