// The end of the protocol is the end of a stream, whatever the upstream does with its connection.

import { afterEach, describe, expect, it } from 'vitest';
import type { ResponseStep } from '../kit/scripted-upstream.ts';
import {
  CONTENT,
  END,
  errorEvent,
  PING,
  START,
  startTwoUpstreams,
  streamResponse,
} from '../kit/two-upstreams.ts';

let stack = new AsyncDisposableStack();
afterEach(async () => {
  await stack.disposeAsync();
  stack = new AsyncDisposableStack();
});

const MESSAGES = '/v1/messages';
const FAILED = [START, ...CONTENT, errorEvent('overloaded_error')];
const WHOLE = [START, ...CONTENT, ...END];

function open(): ResponseStep {
  return { gate: new Promise(() => {}) };
}

describe.each<[what: string, events: readonly Uint8Array[]]>([
  ['message_stop', WHOLE],
  ['event: error', FAILED],
])('after %s', (_, events) => {
  it.each<[what: string, rest: readonly ResponseStep[], sent: readonly Uint8Array[]]>([
    ['leaves its connection open', [open()], []],
    ['resets its connection', ['cut'], []],
    ['breaks off inside another event', [PING.subarray(0, 8), 'cut'], [PING.subarray(0, 8)]],
    ['sends a ping and leaves its connection open', [PING, open()], [PING]],
  ])('an upstream that %s has sent a whole stream', async (__, rest, sent) => {
    const world = stack.use(await startTwoUpstreams(() => streamResponse([...events, ...rest])));
    const { status, body, end } = await world.ask(MESSAGES, true);
    const expected = Buffer.concat([...events, ...sent]).toString();
    expect([status, body.toString(), end]).toEqual([200, expected, 'clean']);
    const finished = () => world.gateway.logs().find(({ msg }) => msg === 'request finished');
    await expect.poll(finished).toMatchObject({ status: 200 });
    expect(finished()).not.toHaveProperty('errorCode');
  });

  it('a connection that stays open is closed', async () => {
    const world = stack.use(await startTwoUpstreams(() => streamResponse([...events, open()])));
    await world.ask(MESSAGES, true);
    await expect(world.first.requests[0]?.aborted).resolves.toBeUndefined();
  });

  it('an upstream that leaves connections open does not count as failed', async () => {
    const world = stack.use(await startTwoUpstreams(() => streamResponse([...events, open()])));
    await Promise.all(Array.from({ length: 6 }, () => world.ask(MESSAGES, true)));
    await world.ask(MESSAGES, true);
    expect(world.counts()).toEqual({ first: 7, second: 0 });
  });
});

it('a stream that ends by itself is not cut, and its connection is used again', async () => {
  const world = stack.use(await startTwoUpstreams(() => streamResponse(WHOLE)));
  for (let turn = 0; turn < 3; turn++) await world.ask(MESSAGES, true);
  const ports = new Set(world.first.requests.map(({ remotePort }) => remotePort));
  expect([world.first.requests.length, ports.size]).toEqual([3, 1]);
});
