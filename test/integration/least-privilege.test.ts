// The shipped broker configuration: the gateway works with it, and the credentials of a stage grant
// nothing else.

import { describeWith } from '../kit/describe-with.ts';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../services/config/config.ts';
import { readProcesses, writeNatsConfig } from '../../services/host/nats-config.ts';
import { start } from '../../services/host/wiring.ts';
import { createLog } from '../../shared/log.ts';
import { startGateway, type Gateway } from '../kit/gateway.ts';
import { passwordOf, startNatsServer } from '../kit/servers.ts';

describeWith('nats-server')('with one broker user per stage', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startGateway({ bus: 'nats', users: true });
  });
  afterAll(() => gateway[Symbol.asyncDispose]());

  it('the gateway responds, is ready and was denied nothing', async () => {
    expect(await outcomeOf(gateway)).toEqual(WORKS);
  });

  it('so do scrubber and policy in one process, as in Docker Compose', async () => {
    const hosts = [['upstream'], ['rag'], ['scrubber', 'policy'], ['ingress']];
    await using hosted = await startGateway({ bus: 'nats', users: true, hosts });
    expect(await outcomeOf(hosted)).toEqual(WORKS);
  });

  it('so does a policy worker beside a scrubber that hosts policy', async () => {
    const hosts = [['upstream'], ['rag'], ['policy'], ['scrubber', 'policy'], ['ingress']];
    await using hosted = await startGateway({ bus: 'nats', users: true, hosts });
    expect(await outcomeOf(hosted)).toEqual(WORKS);
  });

  it('the broker rejects a wrong password', async () => {
    const login = { user: 'rag', pass: passwordOf('scrubber') };
    await expect(connect({ servers: gateway.natsUrl ?? '', ...login })).rejects.toThrow(
      /authorization/i,
    );
  });

  it('a stage with the credentials of another does not start', async () => {
    const env = { NATS_URL: gateway.natsUrl ?? '', LLMP_HEALTH_PORT: '0', NATS_USER: 'rag' };
    const config = readConfig({ ...env, NATS_PASSWORD: passwordOf('rag') }, ['scrubber']);
    await expect(start(config, createLog('silent'))).rejects.toThrow(/permissions violation/i);
  });

  describe.each(['policy', 'rag', 'upstream'])('the credentials of %s', (stage) => {
    let nc: NatsConnection;
    beforeAll(async () => {
      nc = await connect({
        servers: gateway.natsUrl ?? '',
        user: stage,
        pass: passwordOf(stage),
      });
    });
    afterAll(() => nc.close());

    const denied = (operation: 'publish' | 'subscription') => ({ operation });

    it.each([
      ['unscrubbed requests', 'llmp.v1.stage.scrubber', undefined],
      ['unscrubbed requests in the scrubber group', 'llmp.v1.stage.scrubber', 'scrubber'],
      ['its own requests outside its group', `llmp.v1.stage.*`, undefined],
      ['the inbox of an ingress', 'llmp.v1.inbox.ingress.*.*', undefined],
      ["another stage's controls", 'llmp.v1.inbox.scrubber.*.ingress', undefined],
      ['replies to an ingress', '_INBOX.ingress.>', undefined],
      ['everything', '>', undefined],
    ])('cannot subscribe to %s', async (_what, subject, queue) => {
      const error = Promise.withResolvers<unknown>();
      nc.subscribe(subject, {
        ...(queue ? { queue } : {}),
        callback: (thrown) => error.resolve(thrown),
      });
      expect(await error.promise).toMatchObject(denied('subscription'));
    });

    it.each([
      ['frames as the scrubber', 'llmp.v1.inbox.ingress.someone.scrubber'],
      ['controls as the ingress', 'llmp.v1.inbox.upstream.someone.ingress'],
      ['requests to the scrubber', 'llmp.v1.stage.scrubber'],
    ])('cannot publish %s', async (_what, subject) => {
      const error = firstError(nc);
      nc.publish(subject, 'forged');
      expect(await error).toMatchObject(denied('publish'));
    });
  });
});

describeWith('nats-server')('with the users that llmp nats-config writes', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'llmp-nats-'));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it.each([
    ['of the quick start', []],
    ['that host one worker each', ['ingress', 'scrubber', 'policy', 'rag', 'upstream']],
    ['of which one hosts all stages', ['ingress', 'scrubber,policy,rag,upstream']],
    ['of which one hosts everything', ['ingress,scrubber,policy,rag,upstream']],
  ])('processes %s work, and are denied nothing', async (_which, groups) => {
    const config = writeNatsConfig({
      directory,
      processes: readProcesses(groups),
      listen: '127.0.0.1:4222',
      rotates: false,
    });
    await using broker = await startNatsServer({ config: config.path });
    const hosts = config.users.map(({ workers }) => workers).toReversed();
    const login = (workers: readonly string[]) => {
      const found = config.users.find(({ user }) => user === workers.join('-'));
      return { NATS_USER: found?.user ?? '', NATS_PASSWORD_FILE: found?.passwordFile ?? '' };
    };
    await using hosted = await startGateway({ bus: 'nats', natsUrl: broker.url, hosts, login });
    expect(await outcomeOf(hosted)).toEqual(WORKS);
    expect(new Set(config.users.map(({ passwordFile }) => modeOf(passwordFile)))).toEqual(
      new Set([0o600]),
    );
    expect(modeOf(config.path)).toBe(0o600);
    await expect(connect({ servers: broker.url })).rejects.toThrow(/authorization/i);
  });
});

function modeOf(path: string): number {
  return statSync(path).mode & 0o777;
}

async function firstError(nc: NatsConnection): Promise<unknown> {
  for await (const status of nc.status()) if (status.type === 'error') return status.error;
  return undefined;
}

/** What a request, a probe and the log of a gateway that may do what it has to show. */
const WORKS = { status: 200, readyStatus: 200, errors: [] };

async function outcomeOf(gateway: Gateway) {
  const { status } = await fetch(`${gateway.url}/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': gateway.key, 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'm',
      max_tokens: 9,
      messages: [{ role: 'user', content: 'x' }],
    }),
  });
  const { status: readyStatus } = await fetch(`${gateway.url}/readyz`);
  const errors = gateway.logs().filter((line) => line['msg'] === 'internal error');
  return { status, readyStatus, errors };
}
