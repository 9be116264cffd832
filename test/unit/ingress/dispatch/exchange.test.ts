// The supervisor of one request, with a fake clock and bus.

import { inspect } from 'node:util';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Bus, Delivery } from '../../../../shared/bus/bus.ts';
import type {
  ControlMeta,
  FrameMeta,
  RequestMessage,
  StageName,
} from '../../../../shared/protocol/messages.ts';
import { LlmpError } from '../../../../shared/errors.ts';
import { createEvents } from '../../../../shared/events.ts';
import { limits } from '../../../../shared/limits.ts';
import { createLog } from '../../../../shared/log.ts';
import { EMPTY_VAULT } from '../../../../shared/privacy/vault.ts';
import { Quarantine } from '../../../../services/ingress/dispatch/quarantine.ts';
import { Exchange } from '../../../../services/ingress/dispatch/exchange.ts';
import { createFakeClock, type FakeClock } from '../../../kit/fake-clock.ts';
import { requestMessage } from '../../../kit/request-messages.ts';
import { EMPTY_CONTENT, issued, recordOf, vaultText } from '../../../kit/vaults.ts';

const ROUTING_SLIP: StageName[] = ['scrubber', 'upstream'];

let clock: FakeClock;
let sent: RequestMessage[];
let controls: { address: string; meta: ControlMeta }[];
let released: string[];
let deliver: (message: RequestMessage) => Delivery;
let connected: boolean;
let exchange: Exchange;
let quarantine: Quarantine;

beforeEach(() => {
  clock = createFakeClock();
  sent = [];
  controls = [];
  released = [];
  deliver = () => 'accepted';
  connected = true;
  const bus: Pick<Bus, 'send' | 'postControl' | 'connected' | 'release'> = {
    async send(next) {
      sent.push(next);
      return deliver(next);
    },
    postControl: (address, { meta }) => void controls.push({ address, meta }),
    connected: () => connected,
    release: (requestId) => void released.push(requestId),
  };
  const events = createEvents(createLog('silent'));
  quarantine = new Quarantine({ clock, limits: limits.pipeline });
  begin = () =>
    (exchange = new Exchange({
      bus: bus as Bus,
      clock,
      limits: limits.pipeline,
      events,
      message: requestMessage({ routingSlip: ROUTING_SLIP }),
      quarantine,
    }));
  begin();
});
let begin: () => Exchange;

/** Sequence numbers are counted for each worker. */
const seqByWorker = new Map<string, number>();
beforeEach(() => seqByWorker.clear());
type FrameFields<Kind extends FrameMeta['kind']> = Omit<
  Extract<FrameMeta, { kind: Kind }>,
  'kind' | 'id' | 'attempt' | 'position' | 'seq' | 'from'
>;
/** Delivers a frame of a worker. */
function frame<Kind extends FrameMeta['kind']>(
  stageName: StageName,
  kind: Kind,
  fields: FrameFields<Kind>,
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
  const position = ROUTING_SLIP.indexOf(stageName);
  const meta = { kind, id: 'req_1', attempt, position, seq, from: worker, ...fields } as FrameMeta;
  return exchange.receive(bytes ? { meta, bytes: Buffer.from(bytes) } : { meta }, stageName);
}

const HEAD = { status: 200, headers: ['content-type', 'text/event-stream'] };
const JSON_HEAD = { status: 200, headers: ['content-type', 'application/json'] };
const CHUNK = { more: false };
const PASS = { tookMs: 1, bodySize: 9 };

function passTime(ms: number): void {
  clock.advance(ms);
  exchange.tick(clock.monotonic());
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
}

function cancels(): string[] {
  return controls.filter(({ meta }) => meta.kind === 'cancel').map(({ address }) => address);
}

async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => 'no error',
    (error: { code: string }) => error.code,
  );
}

describe('an exchange', () => {
  it('gives a buffered response when it is complete', async () => {
    frame('scrubber', 'pass', PASS);
    frame('upstream', 'head', JSON_HEAD);
    frame('upstream', 'chunk', CHUNK, { bytes: '{"a":' });
    frame('upstream', 'chunk', CHUNK, { bytes: '1.0}' });
    frame('upstream', 'end', { tookMs: 2, annotations: { upstreamMs: 1 }, usage: { output: 3 } });
    const response = await exchange.response;
    expect(response.kind === 'buffered' && Buffer.from(response.bytes).toString()).toBe(
      '{"a":1.0}',
    );
    expect(exchange.stages).toEqual({ scrubber: 1, upstream: 2 });
    expect(exchange.annotations).toEqual({ upstreamMs: 1 });
    expect(exchange.usage).toEqual({ output: 3 });
  });

  it('accepts no response before each earlier stage has passed', async () => {
    frame('upstream', 'head', HEAD);
    frame('upstream', 'chunk', CHUNK, { bytes: 'x' });
    await settle();
    let replied = false;
    void exchange.response.then(() => (replied = true));
    await settle();
    expect(replied).toBe(false);
    frame('scrubber', 'pass', PASS);
    await settle();
    expect(replied).toBe(true);
  });

  it('has the vault of the request by the time the response begins', async () => {
    const vault = { ...EMPTY_CONTENT, values: { PII_ID_aaaaaaaa: 'x' }, counts: { ID: 1 } };
    frame('upstream', 'head', HEAD);
    frame('scrubber', 'vault', { more: false }, { bytes: vaultText(vault) });
    frame('scrubber', 'pass', PASS);
    await exchange.response;
    expect({ ...exchange.vault, values: recordOf(exchange.vault.values) }).toEqual(vault);
  });

  it('joins the chunks of a vault', () => {
    const vault = { ...EMPTY_CONTENT, counts: { ID: 1 } };
    const text = vaultText(vault);
    frame('scrubber', 'vault', { more: true }, { bytes: text.slice(0, 9) });
    expect(exchange.vault).toEqual(EMPTY_VAULT);
    frame('scrubber', 'vault', { more: false }, { bytes: text.slice(9) });
    expect(exchange.vault).toEqual({ ...vault, values: issued({}) });
  });

  it('drops the vault of an abandoned attempt', () => {
    const vault = vaultText({ ...EMPTY_CONTENT, counts: { ID: 1 } });
    frame('scrubber', 'vault', { more: false }, { bytes: vault });
    expect(exchange.vault.counts).toEqual({ ID: 1 });
    passTime(limits.pipeline.heartbeatTimeoutMs + 1);
    expect(exchange.vault).toEqual(EMPTY_VAULT);
  });

  it.each(['', '{"values":{"PII_ID_aaaaaaaa":"ann@corp.example"}}'])(
    'fails when its vault is damaged: %s',
    async (bytes) => {
      frame('scrubber', 'vault', { more: false }, { bytes });
      const error = await exchange.response.then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(error).toMatchObject({ code: 'internal' });
      expect(inspect(error)).not.toContain('ann@');
      expect(cancels()).toEqual(['scrubber']);
    },
  );

  it.each([
    ['a vault that does not come from the scrubber', 'vault'],
    ['a retrieval report that does not come from the rag worker', 'retrieval'],
  ] as const)('fails on %s', async (_, kind) => {
    frame('scrubber', 'pass', PASS);
    frame('upstream', kind, CHUNK, { bytes: vaultText(EMPTY_CONTENT) });
    expect(await codeOf(exchange.response)).toBe('internal');
    expect(cancels()).toEqual(['scrubber', 'upstream']);
  });

  it('has workers release a body that one of them made too large to be sent inline', async () => {
    frame('scrubber', 'pass', { tookMs: 1, bodySize: limits.pipeline.inlineBytesMax + 1 });
    frame('upstream', 'head', JSON_HEAD);
    frame('upstream', 'end', { tookMs: 1, annotations: {} });
    await exchange.response;
    expect(cancels()).toEqual(['scrubber', 'upstream']);
    expect(released).toEqual(['req_1']);
  });

  it('sends no controls for bodies that nobody holds', async () => {
    frame('scrubber', 'pass', { tookMs: 1, bodySize: limits.pipeline.inlineBytesMax });
    frame('upstream', 'head', JSON_HEAD);
    frame('upstream', 'end', { tookMs: 1, annotations: {} });
    await exchange.response;
    expect([cancels(), released]).toEqual([[], []]);
  });

  it('ignores a frame whose sender is not the stage at its position', () => {
    const meta = { kind: 'head', id: 'req_1', attempt: 1, position: 0, seq: 0, from: 'x' } as const;
    exchange.receive({ meta: { ...meta, ...HEAD } }, 'rag');
    expect(controls).toEqual([]);
    expect(exchange.isOver).toBe(false);
  });

  it('dispatches the request again when the worker that holds it falls silent', async () => {
    frame('scrubber', 'accepted', {});
    passTime(limits.pipeline.heartbeatTimeoutMs + 1);
    await settle();
    expect(sent.map(({ meta }) => [meta.attempt, meta.position])).toEqual([
      [1, 0],
      [2, 0],
    ]);
    expect(cancels()).toEqual(['scrubber']);
    expect(exchange.attempts).toBe(2);
  });

  it('waits as long as heartbeats arrive', () => {
    frame('scrubber', 'accepted', {});
    for (let heartbeat = 0; heartbeat < 50; heartbeat += 1) {
      frame('scrubber', 'heartbeat', {});
      passTime(limits.pipeline.heartbeatMs);
    }
    expect(sent).toHaveLength(1);
  });

  it('does not count silence while the bus is disconnected', () => {
    connected = false;
    passTime(limits.pipeline.heartbeatTimeoutMs * 3);
    connected = true;
    passTime(limits.pipeline.heartbeatTimeoutMs - 1);
    expect(sent).toHaveLength(1);
  });

  it('refuses frames of an abandoned attempt', () => {
    frame('scrubber', 'accepted', {});
    passTime(limits.pipeline.heartbeatTimeoutMs + 1);
    expect(frame('scrubber', 'pass', PASS)).toBe(false);
    expect(frame('scrubber', 'accepted', {}, { attempt: 2 })).toBe(true);
  });

  it('stops a second worker with the same message', () => {
    frame('scrubber', 'accepted', {});
    frame('scrubber', 'accepted', {}, { worker: 'ghost' });
    expect(cancels()).toEqual(['ghost']);
  });

  it('gives up after the last attempt, with the reason', async () => {
    deliver = () => 'timeout';
    sent.length = 0;
    expect(await codeOf(begin().response)).toBe('worker_lost');
    expect(sent).toHaveLength(limits.pipeline.dispatchesMax);
  });

  it('gives up sooner where each attempt may cost something', async () => {
    const response = codeOf(exchange.response);
    for (let attempt = 1; attempt <= limits.pipeline.upstreamAttemptsMax; attempt += 1) {
      await settle();
      frame('scrubber', 'pass', PASS, { attempt });
      frame('upstream', 'error', { code: 'draining', message: 'bye' }, { attempt });
    }
    expect(await response).toBe('draining');
    expect(sent).toHaveLength(limits.pipeline.upstreamAttemptsMax);
  });

  describe('whose workers fall silent', () => {
    const loseWorker = () => settle().then(() => passTime(limits.pipeline.heartbeatTimeoutMs + 1));
    const isQuarantined = () => quarantine.has('tester', requestMessage().body);

    it('is given to two workers, and quarantined', async () => {
      const response = codeOf(exchange.response);
      await loseWorker();
      expect(isQuarantined()).toBe(false);
      await loseWorker();
      expect(await response).toBe('request_quarantined');
      expect(sent).toHaveLength(limits.pipeline.lostWorkersMax);
      expect(isQuarantined()).toBe(true);
    });

    it('counts no worker that did not accept it, or that drains', async () => {
      deliver = ({ meta }) => (meta.attempt % 2 === 0 ? 'timeout' : 'accepted');
      sent.length = 0;
      begin();
      await settle();
      frame('scrubber', 'error', { code: 'draining', message: 'bye' });
      await settle();
      frame('scrubber', 'error', { code: 'draining', message: 'bye' }, { attempt: 3 });
      await settle();
      await loseWorker();
      expect(sent.length).toBeGreaterThan(5);
      expect(isQuarantined()).toBe(false);
    });
  });

  it('retries as long as the client has seen nothing, even after a head', async () => {
    frame('scrubber', 'pass', PASS);
    frame('upstream', 'head', JSON_HEAD);
    frame('upstream', 'chunk', CHUNK, { bytes: 'half of an answ' });
    passTime(limits.pipeline.heartbeatTimeoutMs + 1);
    frame('scrubber', 'pass', PASS, { attempt: 2 });
    frame('upstream', 'head', JSON_HEAD, { attempt: 2 });
    frame('upstream', 'chunk', CHUNK, { attempt: 2, bytes: 'whole' });
    frame('upstream', 'end', { tookMs: 1, annotations: {} }, { attempt: 2 });
    const response = await exchange.response;
    expect(response.kind === 'buffered' && Buffer.from(response.bytes).toString()).toBe('whole');
  });

  it('does not retry once a stream has begun, but ends it with the reason', async () => {
    frame('scrubber', 'pass', PASS);
    frame('upstream', 'head', HEAD);
    frame('upstream', 'chunk', CHUNK, { bytes: 'one' });
    const response = await exchange.response;
    passTime(limits.pipeline.heartbeatTimeoutMs + 1);
    expect(sent).toHaveLength(1);
    const seen: string[] = [];
    const read = async () => {
      if (response.kind !== 'stream') return;
      for await (const { bytes } of response.chunks) seen.push(Buffer.from(bytes).toString());
    };
    expect(await codeOf(read())).toBe('worker_lost');
    expect(seen).toEqual(['one']);
  });

  it.each([
    ['no_responders', 'no_workers'],
    ['busy', 'overloaded'],
  ] as const)(
    'asks a few times when the first stage is %s, then fails with %s',
    async (delivery, code) => {
      deliver = () => delivery;
      sent.length = 0;
      const response = codeOf(begin().response);
      for (const waitMs of limits.pipeline.busyRetryMs) {
        await settle();
        clock.advance(waitMs);
      }
      expect(await response).toBe(code);
      expect(sent).toHaveLength(1 + limits.pipeline.busyRetryMs.length);
    },
  );

  it('sends nothing to a busy worker again once the client has left', async () => {
    deliver = () => 'busy';
    sent.length = 0;
    const response = codeOf(begin().response);
    await settle();
    exchange.cancel(new LlmpError('client_disconnected'));
    await settle();
    expect(await response).toBe('client_disconnected');
    expect(sent).toHaveLength(1);
  });

  it('dispatches a message again that nobody confirmed', async () => {
    deliver = ({ meta }) => (meta.attempt === 1 ? 'timeout' : 'accepted');
    sent.length = 0;
    begin();
    await settle();
    expect(sent.map(({ meta }) => meta.attempt)).toEqual([1, 2]);
  });

  it('fails with a stage timeout when a stage before the upstream takes too long', async () => {
    const response = codeOf(exchange.response);
    for (let ms = 0; ms <= limits.pipeline.stageMs; ms += limits.pipeline.heartbeatMs) {
      frame('scrubber', 'heartbeat', {});
      passTime(limits.pipeline.heartbeatMs);
    }
    expect(await response).toBe('stage_timeout');
  });

  it('fails with the deadline when all of it takes too long, and tells every worker', async () => {
    const response = codeOf(exchange.response);
    frame('scrubber', 'pass', PASS);
    frame('upstream', 'accepted', {});
    for (let ms = 0; ms <= limits.pipeline.requestMs; ms += 1_000) {
      clock.advance(1_000);
      frame('upstream', 'heartbeat', {});
      exchange.tick(clock.monotonic());
    }
    expect(await response).toBe('deadline_exceeded');
    expect(cancels()).toEqual(['scrubber', 'upstream']);
  });
});
