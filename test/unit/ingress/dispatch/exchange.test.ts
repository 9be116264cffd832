// The supervisor of one request, with a clock and a bus in the test's hands.

import { inspect } from 'node:util';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Bus, Delivery } from '../../../../shared/bus/bus.ts';
import type {
  FrameMeta,
  RequestMessage,
  Message,
  StageName,
} from '../../../../shared/protocol/messages.ts';
import { LlmpError } from '../../../../shared/errors.ts';
import { createEvents } from '../../../../shared/events.ts';
import { limits } from '../../../../shared/limits.ts';
import { createLog } from '../../../../shared/log.ts';
import { EMPTY_VAULT, encodeVault } from '../../../../shared/privacy/vault.ts';
import { Exchange } from '../../../../services/ingress/dispatch/exchange.ts';
import { createFakeClock, type FakeClock } from '../../../kit/fake-clock.ts';
import { requestMessage } from '../../../kit/request-messages.ts';

let clock: FakeClock;
let sent: RequestMessage[];
let told: { address: string; meta: Message['meta'] }[];
let deliver: (message: RequestMessage) => Delivery;
let connected: boolean;
let exchange: Exchange;

beforeEach(() => {
  clock = createFakeClock();
  sent = [];
  told = [];
  deliver = () => 'accepted';
  connected = true;
  const bus: Pick<Bus, 'send' | 'post' | 'connected' | 'release'> = {
    async send(next) {
      sent.push(next);
      return deliver(next);
    },
    post: (address, _sender, { meta }) => void told.push({ address, meta }),
    connected: () => connected,
    release() {},
  };
  const events = createEvents(createLog('silent'));
  begin = () =>
    (exchange = new Exchange({
      bus: bus as Bus,
      clock,
      limits,
      events,
      message: requestMessage({ routingSlip: ['scrubber', 'upstream'] }),
    }));
  begin();
});
let begin: () => Exchange;

/** A frame from a worker's worker; sequence numbers are counted for each worker. */
const seqByWorker = new Map<string, number>();
beforeEach(() => seqByWorker.clear());
type RetrievalStatus<Kind extends FrameMeta['kind']> = Omit<
  Extract<FrameMeta, { kind: Kind }>,
  'kind' | 'id' | 'attempt' | 'position' | 'seq' | 'from'
>;
function say<Kind extends FrameMeta['kind']>(
  stageName: StageName,
  kind: Kind,
  fields: RetrievalStatus<Kind>,
  {
    attempt = 1,
    worker = stageName,
    bytes = '',
  }: { attempt?: number; worker?: string; bytes?: string } = {},
): boolean {
  const name = `${worker}/${attempt}`;
  const seq =
    kind === 'heartbeat' ? (seqByWorker.get(name) ?? 0) - 1 : (seqByWorker.get(name) ?? 0);
  if (kind !== 'heartbeat') seqByWorker.set(name, seq + 1);
  const position = stageName === 'scrubber' ? 0 : 1;
  const meta = { kind, id: 'req_1', attempt, position, seq, from: worker, ...fields } as FrameMeta;
  return exchange.receive(bytes ? { meta, bytes: Buffer.from(bytes) } : { meta }, stageName);
}

const HEAD = { status: 200, headers: ['content-type', 'text/event-stream'] };
const JSON_HEAD = { status: 200, headers: ['content-type', 'application/json'] };
const CHUNK = { more: false };

function passTime(ms: number): void {
  clock.advance(ms);
  exchange.tick(clock.monotonic());
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
}

function cancels(): string[] {
  return told.filter(({ meta }) => meta.kind === 'cancel').map(({ address }) => address);
}

async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => 'no error',
    (error: { code: string }) => error.code,
  );
}

describe('an exchange', () => {
  it('gives a reply that is not a stream when all of it is there', async () => {
    say('scrubber', 'pass', { tookMs: 1 });
    say('upstream', 'head', JSON_HEAD);
    say('upstream', 'chunk', CHUNK, { bytes: '{"a":' });
    say('upstream', 'chunk', CHUNK, { bytes: '1.0}' });
    say('upstream', 'end', { tookMs: 2, annotations: { upstreamMs: 1 }, usage: { output: 3 } });
    const reply = await exchange.reply;
    expect(reply.kind === 'whole' && Buffer.from(reply.bytes).toString()).toBe('{"a":1.0}');
    expect(exchange.stages).toEqual({ scrubber: 1, upstream: 2 });
    expect(exchange.annotations).toEqual({ upstreamMs: 1 });
    expect(exchange.usage).toEqual({ output: 3 });
  });

  it('believes no answer before each earlier room has passed on all it had to tell', async () => {
    say('upstream', 'head', HEAD);
    say('upstream', 'chunk', CHUNK, { bytes: 'x' });
    await settle();
    let replied = false;
    void exchange.reply.then(() => (replied = true));
    await settle();
    expect(replied).toBe(false);
    say('scrubber', 'pass', { tookMs: 1 });
    await settle();
    expect(replied).toBe(true);
  });

  it('has the vault of the request by the time it has an answer', async () => {
    const vault = { ...EMPTY_VAULT, values: { PII_ID_aaaaaaaa: 'x' }, counts: { ID: 1 } };
    say('upstream', 'head', HEAD);
    say(
      'scrubber',
      'vault',
      { more: false },
      { bytes: Buffer.from(encodeVault(vault)).toString() },
    );
    say('scrubber', 'pass', { tookMs: 1 });
    await exchange.reply;
    expect(exchange.vault).toEqual(vault);
  });

  it('puts together a vault that came in pieces', () => {
    const vault = { ...EMPTY_VAULT, counts: { ID: 1 } };
    const text = Buffer.from(encodeVault(vault)).toString();
    say('scrubber', 'vault', { more: true }, { bytes: text.slice(0, 9) });
    expect(exchange.vault).toEqual(EMPTY_VAULT);
    say('scrubber', 'vault', { more: false }, { bytes: text.slice(9) });
    expect(exchange.vault).toEqual(vault);
  });

  it('forgets the vault of a try that was given up', () => {
    const vault = encodeVault({ ...EMPTY_VAULT, counts: { ID: 1 } });
    say('scrubber', 'vault', { more: false }, { bytes: Buffer.from(vault).toString() });
    expect(exchange.vault.counts).toEqual({ ID: 1 });
    passTime(limits.heartbeatTimeoutMs + 1);
    expect(exchange.vault).toEqual(EMPTY_VAULT);
  });

  it.each(['', '{"values":{"PII_ID_aaaaaaaa":"ann@corp.example"}}'])(
    'fails when its vault is damaged: %s',
    async (bytes) => {
      say('scrubber', 'vault', { more: false }, { bytes });
      const error = await exchange.reply.then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(error).toMatchObject({ code: 'internal' });
      expect(inspect(error)).not.toContain('ann@');
      expect(cancels()).toEqual(['scrubber']);
    },
  );

  it('ignores a frame that the bus does not vouch for as that room', () => {
    const meta = { kind: 'head', id: 'req_1', attempt: 1, position: 0, seq: 0, from: 'x' } as const;
    exchange.receive({ meta: { ...meta, ...HEAD } }, 'rag');
    expect(told).toEqual([]);
    expect(exchange.over).toBe(false);
  });

  it('sends the request in again when the room that holds it falls silent', async () => {
    say('scrubber', 'accepted', {});
    passTime(limits.heartbeatTimeoutMs + 1);
    await settle();
    expect(sent.map(({ meta }) => [meta.attempt, meta.position])).toEqual([
      [1, 0],
      [2, 0],
    ]);
    expect(cancels()).toEqual(['scrubber']);
    expect(exchange.attempts).toBe(2);
  });

  it('waits as long as the room beats', () => {
    say('scrubber', 'accepted', {});
    for (let heartbeat = 0; heartbeat < 50; heartbeat += 1) {
      say('scrubber', 'heartbeat', {});
      passTime(limits.heartbeatMs);
    }
    expect(sent).toHaveLength(1);
  });

  it('blames no room for silence while the bus is away', () => {
    connected = false;
    passTime(limits.heartbeatTimeoutMs * 3);
    connected = true;
    passTime(limits.heartbeatTimeoutMs - 1);
    expect(sent).toHaveLength(1);
  });

  it('takes nothing from a try that was given up, and says so', () => {
    say('scrubber', 'accepted', {});
    passTime(limits.heartbeatTimeoutMs + 1);
    expect(say('scrubber', 'pass', { tookMs: 1 })).toBe(false);
    expect(say('scrubber', 'accepted', {}, { attempt: 2 })).toBe(true);
  });

  it('stops a second worker on the same letter', () => {
    say('scrubber', 'accepted', {});
    say('scrubber', 'accepted', {}, { worker: 'ghost' });
    expect(cancels()).toEqual(['ghost']);
  });

  it('gives up after the last try, with the reason', async () => {
    const reply = codeOf(exchange.reply);
    for (let attempt = 1; attempt <= limits.dispatchesMax; attempt += 1) {
      await settle();
      passTime(limits.heartbeatTimeoutMs + 1);
    }
    expect(await reply).toBe('worker_lost');
    expect(sent).toHaveLength(limits.dispatchesMax);
  });

  it('gives up sooner where each try may cost something at the upstream', async () => {
    const reply = codeOf(exchange.reply);
    for (let attempt = 1; attempt <= limits.upstreamAttemptsMax; attempt += 1) {
      await settle();
      say('scrubber', 'pass', { tookMs: 1 }, { attempt });
      passTime(limits.heartbeatTimeoutMs + 1);
    }
    expect(await reply).toBe('worker_lost');
    expect(sent).toHaveLength(limits.upstreamAttemptsMax);
  });

  it('tries again when nothing was said to the client, even after a head', async () => {
    say('scrubber', 'pass', { tookMs: 1 });
    say('upstream', 'head', JSON_HEAD);
    say('upstream', 'chunk', CHUNK, { bytes: 'half of an answ' });
    passTime(limits.heartbeatTimeoutMs + 1);
    say('scrubber', 'pass', { tookMs: 1 }, { attempt: 2 });
    say('upstream', 'head', JSON_HEAD, { attempt: 2 });
    say('upstream', 'chunk', CHUNK, { attempt: 2, bytes: 'whole' });
    say('upstream', 'end', { tookMs: 1, annotations: {} }, { attempt: 2 });
    const reply = await exchange.reply;
    expect(reply.kind === 'whole' && Buffer.from(reply.bytes).toString()).toBe('whole');
  });

  it('does not try again once a stream has begun, but ends it with the reason', async () => {
    say('scrubber', 'pass', { tookMs: 1 });
    say('upstream', 'head', HEAD);
    say('upstream', 'chunk', CHUNK, { bytes: 'one' });
    const reply = await exchange.reply;
    passTime(limits.heartbeatTimeoutMs + 1);
    expect(sent).toHaveLength(1);
    const seen: string[] = [];
    const read = async () => {
      if (reply.kind !== 'stream') return;
      for await (const { bytes } of reply.chunks) seen.push(Buffer.from(bytes).toString());
    };
    expect(await codeOf(read())).toBe('worker_lost');
    expect(seen).toEqual(['one']);
  });

  it.each([
    ['no_responders', 'no_workers'],
    ['busy', 'overloaded'],
  ] as const)(
    'asks a few times when the first room is %s, then says %s',
    async (delivery, code) => {
      deliver = () => delivery;
      sent.length = 0;
      const reply = codeOf(begin().reply);
      for (const waitMs of limits.busyRetryMs) {
        await settle();
        clock.advance(waitMs);
      }
      expect(await reply).toBe(code);
      expect(sent).toHaveLength(1 + limits.busyRetryMs.length);
    },
  );

  it('is sent to no busy worker again once its client has left', async () => {
    deliver = () => 'busy';
    sent.length = 0;
    const reply = codeOf(begin().reply);
    await settle();
    exchange.cancel(new LlmpError('client_disconnected'));
    await settle();
    expect(await reply).toBe('client_disconnected');
    expect(sent).toHaveLength(1);
  });

  it('sends in again what nobody confirmed to have taken', async () => {
    deliver = ({ meta }) => (meta.attempt === 1 ? 'timeout' : 'accepted');
    sent.length = 0;
    begin();
    await settle();
    expect(sent.map(({ meta }) => meta.attempt)).toEqual([1, 2]);
  });

  it('ends with a stage timeout when a room before the upstream takes too long', async () => {
    const reply = codeOf(exchange.reply);
    for (let ms = 0; ms <= limits.stageMs; ms += limits.heartbeatMs) {
      say('scrubber', 'heartbeat', {});
      passTime(limits.heartbeatMs);
    }
    expect(await reply).toBe('stage_timeout');
  });

  it('ends with the deadline when the whole takes too long, and tells every room', async () => {
    const reply = codeOf(exchange.reply);
    say('scrubber', 'pass', { tookMs: 1 });
    say('upstream', 'accepted', {});
    for (let ms = 0; ms <= limits.requestMs; ms += 1_000) {
      clock.advance(1_000);
      say('upstream', 'heartbeat', {});
      exchange.tick(clock.monotonic());
    }
    expect(await reply).toBe('deadline_exceeded');
    expect(cancels()).toEqual(['scrubber', 'upstream']);
  });
});
