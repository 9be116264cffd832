// The heartbeat thread and its connection, on a real broker with the shipped permissions.

import { connect, type NatsConnection } from '@nats-io/transport-node';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { NatsHeartbeats } from '../../shared/bus/nats-heartbeats.ts';
import { limits } from '../../shared/limits.ts';
import { decodeBatch, FRAMES } from '../../shared/protocol/codec.ts';
import { describeWith } from '../kit/describe-with.ts';
import { requestMessage } from '../kit/request-messages.ts';
import { passwordOf, SHIPPED_CONFIG, startNatsServer, type RunningServer } from '../kit/servers.ts';

describeWith('nats-server')('the heartbeat thread of a scrubber', () => {
  let stack: AsyncDisposableStack;
  let broker: RunningServer;
  let ingress: NatsConnection;
  let errors: unknown[];
  let received: string[];

  const watch = (password: string) => {
    const heartbeats = stack.use(
      new NatsHeartbeats({
        connection: { servers: [broker.url], user: 'scrubber', password, name: 'llmp scrubber' },
        inboxPrefix: '_INBOX.scrubber.one',
        limits: {
          ...limits.bus,
          ...limits.pipeline,
          threadRestartMs: 10,
          heartbeatMs: 20,
        },
        onError: (error) => void errors.push(error),
      }),
    );
    const { meta } = requestMessage({ replyTo: 'llmp.v1.inbox.ingress.one' });
    heartbeats.watchWork(meta, 'scrubber', 'llmp.v1.inbox.scrubber.one');
  };

  beforeEach(async () => {
    stack = new AsyncDisposableStack();
    broker = stack.use(await startNatsServer({ config: SHIPPED_CONFIG }));
    errors = [];
    received = [];
    ingress = await connect({
      servers: broker.url,
      user: 'ingress',
      pass: passwordOf('ingress'),
    });
    stack.defer(() => ingress.close());
    ingress.subscribe('llmp.v1.inbox.ingress.one.*', {
      callback: (_, { subject, data }) => {
        for (const { meta } of decodeBatch(data, FRAMES)) received.push(`${subject} ${meta.kind}`);
      },
    });
    await ingress.flush();
  });
  afterEach(() => stack.disposeAsync());

  it('posts heartbeats with the permissions of the worker while the event loop is blocked', async () => {
    watch(passwordOf('scrubber'));
    const blocked = () => {
      const untilMs = performance.now() + 300;
      while (performance.now() < untilMs);
    };
    await expect
      .poll(() => {
        blocked();
        return received;
      })
      .toContain('llmp.v1.inbox.ingress.one.scrubber heartbeat');
    expect(errors).toEqual([]);
  });

  it('is started again when it fails, and its errors name the setting', async () => {
    watch('not the password');
    await expect.poll(() => errors.length).toBeGreaterThan(1);
    expect(errors[0]).toMatchObject({ component: 'NATS', setting: 'NATS_USER and NATS_PASSWORD' });
  });
});
