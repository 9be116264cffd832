// Processes of two versions on one broker: what one does not understand is refused at once, with a code that
// names both. The other process is a raw NATS client.

import { connect, headers, type NatsConnection } from '@nats-io/transport-node';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readConfig } from '../../services/config/config.ts';
import { start, type RunningProcess } from '../../services/host/wiring.ts';
import { createKey } from '../../shared/keys.ts';
import { createLog } from '../../shared/log.ts';
import type { Envelope } from '../../shared/protocol/messages.ts';
import { RELEASE } from '../../shared/protocol/release.ts';
import { messageBody } from '../kit/admin.ts';
import { describeWith } from '../kit/describe-with.ts';
import { recordings } from '../kit/protocol-recording.ts';
import { startNatsServer } from '../kit/servers.ts';

describeWith('nats-server')('beside a process of another version', () => {
  let stack: AsyncDisposableStack;
  let other: NatsConnection;
  let natsUrl: string;
  const key = createKey();
  beforeEach(async () => {
    stack = new AsyncDisposableStack();
    natsUrl = stack.use(await startNatsServer()).url;
    other = await connect({ servers: natsUrl });
    stack.defer(() => other.close());
  });
  afterEach(() => stack.disposeAsync());

  async function startOf(worker: string): Promise<RunningProcess> {
    const env = { NATS_URL: natsUrl, LLMP_PORT: '0', LLMP_HEALTH_PORT: '0', LLMP_KEYS: key };
    const running = await start(readConfig(env, [worker]), createLog('silent'));
    stack.defer(() => running.stop(AbortSignal.abort()));
    return running;
  }

  async function ask({ url }: RunningProcess) {
    const response = await fetch(`${url}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': key, 'content-type': 'application/json' },
      body: messageBody('m'),
    });
    const { error } = (await response.json()) as {
      error: { message: string; details: { error_code: string } };
    };
    return { status: response.status, code: error.details.error_code, message: error.message };
  }

  /** Serves the scrubber's requests in the name of another version. */
  function serve(reply: string, frames: (meta: Envelope) => object[] = () => []): Envelope[] {
    const received: Envelope[] = [];
    other.subscribe('llmp.v1.stage.scrubber', {
      queue: 'scrubber',
      callback: (_, message) => {
        const line = message.headers?.get('llmp-envelope') ?? '';
        const { meta } = JSON.parse(line) as { meta: Envelope };
        received.push(meta);
        message.respond(reply);
        for (const frame of frames(meta)) {
          other.publish(`${meta.replyTo}.scrubber`, batchOf('9.9.9', frame));
        }
      },
    });
    return received;
  }

  const sequenceOf = ({ id, attempt, position }: Envelope) => {
    return { id, attempt, position, seq: 0, from: 'llmp.v1.inbox.scrubber.other' };
  };

  it('a worker accepts every envelope that a release has recorded', async () => {
    await startOf('scrubber');
    const lines = recordings().flatMap(({ envelopes }) => Object.values(envelopes));
    for (const line of lines) expect(await accept(line)).toBe('accepted');
    expect(lines.length).toBeGreaterThan(1);
  });

  async function accept(line: string): Promise<string> {
    const sent = headers();
    sent.set('llmp-envelope', line);
    const body = new Uint8Array(Buffer.from(messageBody('m')));
    const reply = await other.request('llmp.v1.stage.scrubber', body, {
      headers: sent,
      timeout: 5_000,
    });
    return reply.string();
  }

  it('a worker accepts a newer envelope, and refuses one that it must not read in part', async () => {
    await startOf('scrubber');
    const [line = ''] = Object.values(recordings().at(-1)?.envelopes ?? {});
    const { meta, ...rest } = JSON.parse(line) as { meta: Envelope };
    const newer = (more: object) =>
      accept(
        JSON.stringify({ ...rest, by: '9.9.9', meta: { ...meta, claimCheck: undefined, ...more } }),
      );
    expect(await newer({ novelty: 1 })).toBe('accepted');
    expect(await newer({ novelty: 1, must: ['novelty'] })).toBe(`unreadable by ${RELEASE}`);
    expect(await newer({ routingSlip: ['scrubber', 'novel_stage'] })).toBe(
      `unreadable by ${RELEASE}`,
    );
  });

  it('an ingress fails a request that a worker refuses, and names the versions', async () => {
    const received = serve('unreadable by 9.9.9');
    const { status, code, message } = await ask(await startOf('ingress'));
    expect({ status, code }).toEqual({ status: 503, code: 'version_mismatch' });
    expect(message).toBe(
      `A message of version ${RELEASE} is unreadable by 9.9.9, the version of a scrubber worker.`,
    );
    expect(new Set(received.map(({ attempt }) => attempt))).toEqual(new Set([1]));
  });

  it.each([
    ['an unknown kind', { kind: 'novelty' }, 'this value of kind'],
    [
      'a field that it must know',
      { kind: 'pass', tookMs: 1, bodySize: 1, novelty: 1, must: ['novelty'] },
      'the field novelty',
    ],
  ])('an ingress fails a request at once for a frame with %s', async (_, frame, reason) => {
    const received = serve('accepted', (meta) => [{ ...sequenceOf(meta), ...frame }]);
    const { status, code, message } = await ask(await startOf('ingress'));
    expect({ status, code }).toEqual({ status: 503, code: 'version_mismatch' });
    expect(message).toBe(
      `Version ${RELEASE} cannot read a message of version 9.9.9: it does not know ${reason}.`,
    );
    expect(received).toHaveLength(1);
  });

  it('an ingress ignores unknown fields of frames', async () => {
    serve('accepted', (meta) => [
      { ...sequenceOf(meta), kind: 'accepted', novelty: 1 },
      {
        ...sequenceOf(meta),
        seq: 1,
        kind: 'error',
        code: 'policy_blocked',
        message: 'No.',
        novelty: 1,
      },
    ]);
    expect(await ask(await startOf('ingress'))).toEqual({
      status: 400,
      code: 'policy_blocked',
      message: 'No.',
    });
  });

  it('without a worker of its protocol, an ingress says at once that there is none', async () => {
    other.subscribe('llmp.v2.stage.scrubber', { queue: 'scrubber' });
    expect(await ask(await startOf('ingress'))).toMatchObject({ status: 503, code: 'no_workers' });
  });
});

function batchOf(by: string, meta: object): Uint8Array {
  const json = Buffer.from(JSON.stringify({ by, items: [[meta, -1]] }));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(json.byteLength);
  return Buffer.concat([length, json]);
}
