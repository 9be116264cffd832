// The bus contract, run against each adapter. `near` and `far` are two connections to the same bus;
// for a bus within one process they are the same object.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Bus } from '../../shared/bus/bus.ts';
import type {
  ReceivedControl,
  ReceivedFrame,
  RequestMessage,
} from '../../shared/protocol/messages.ts';
import { limits } from '../../shared/limits.ts';
import { frame, requestBodyOf, requestMessage } from '../kit/request-messages.ts';

export interface BusPair extends AsyncDisposable {
  readonly near: Bus;
  readonly far: Bus;
  /** Errors passed to the bus's `onError`. */
  readonly errors: unknown[];
}

export function busSuite(name: string, openPair: () => Promise<BusPair>): void {
  describe(`the ${name} bus`, () => {
    let pair: BusPair;
    beforeEach(async () => {
      pair = await openPair();
    });
    afterEach(() => pair[Symbol.asyncDispose]());

    it('sends a request to a worker of its stage, with body and envelope unchanged', async () => {
      const accepted: RequestMessage[] = [];
      await pair.far.serve('scrubber', acceptInto(accepted));
      const sent = requestMessage({
        headers: ['X-Odd', 'grüße, "quoted" \u2028'],
        path: '/v1/messages?ä=1',
      });
      expect(await pair.near.send(sent)).toBe('accepted');
      expect(accepted.map(({ meta }) => meta)).toEqual([sent.meta]);
      expect(await bytesOf(accepted[0])).toEqual(await bytesOf(sent));
    });

    it('keeps the parsed body exactly for a worker of the same process', async () => {
      const accepted: RequestMessage[] = [];
      await pair.far.serve('scrubber', acceptInto(accepted));
      const body = requestBodyOf('{"model":"m"}');
      const parsed = body.parse(limits.json);
      await pair.near.send({ ...requestMessage(), body });
      expect(body.parse(limits.json) === parsed).toBe(accepted[0]?.body === body);
    });

    it('sends each request to exactly one worker of a group', async () => {
      const first: RequestMessage[] = [];
      const second: RequestMessage[] = [];
      await pair.near.serve('policy', acceptInto(first));
      await pair.far.serve('policy', acceptInto(second));
      for (let n = 0; n < 60; n += 1) {
        expect(await pair.near.send(requestMessage({ id: `req_${n}`, position: 1 }))).toBe(
          'accepted',
        );
      }
      const ids = [...first, ...second].map(({ meta }) => meta.id);
      expect(new Set(ids).size).toBe(60);
      expect(ids).toHaveLength(60);
    });

    it('reports no_responders at once when no worker is running', async () => {
      expect(await pair.near.send(requestMessage({}))).toBe('no_responders');
      expect(await pair.near.hasWorkers('scrubber')).toBe(false);
    });

    it('reports busy when the worker is at capacity', async () => {
      await pair.far.serve('scrubber', () => 'busy');
      expect(await pair.near.send(requestMessage({}))).toBe('busy');
      expect(await pair.near.hasWorkers('scrubber')).toBe(true);
    });

    it('reports timeout when the worker throws, and keeps serving', async () => {
      const accepted: RequestMessage[] = [];
      await pair.far.serve('scrubber', (next) => {
        if (next.meta.id === 'req_bad') throw new Error('broken worker');
        accepted.push(next);
        return 'accepted';
      });
      expect(await pair.near.send(requestMessage({ id: 'req_bad' }))).toBe('timeout');
      expect(await pair.near.send(requestMessage({ id: 'req_good' }))).toBe('accepted');
      expect(accepted).toHaveLength(1);
      expect(pair.errors).toHaveLength(1);
    });

    it('sends no request to a stopped worker', async () => {
      const accepted: RequestMessage[] = [];
      const subscription = await pair.far.serve('rag', acceptInto(accepted));
      await subscription.stop();
      expect(await pair.near.send(requestMessage({ position: 2 }))).toBe('no_responders');
      expect(accepted).toHaveLength(0);
    });

    it('delivers messages to their inbox in order, with the verified sender', async () => {
      const received: [ReceivedFrame, string][] = [];
      const all = Promise.withResolvers<void>();
      const inbox = await pair.near.openIngressInbox((item, sender) => {
        if (received.push([item, sender]) === 300) all.resolve();
      });
      for (let seq = 0; seq < 300; seq += 1) {
        const bytes = Buffer.from(`bytes of ${seq}`);
        pair.far.postFrame(
          inbox.address,
          'upstream',
          frame({ seq }, bytes),
          seq % 7 ? 'batched' : 'immediate',
        );
      }
      await all.promise;
      expect(received.map(([item]) => item.meta.seq)).toEqual([...Array(300).keys()]);
      expect(received.every(([, sender]) => sender === 'upstream')).toBe(true);
      expect(Buffer.from(received[299]?.[0].bytes ?? []).toString()).toBe('bytes of 299');
    });

    it('carries controls back, and keeps one without bytes as it is', async () => {
      const got = Promise.withResolvers<ReceivedControl>();
      const inbox = await pair.far.openWorkerInbox('upstream', (item) => got.resolve(item));
      const control = { kind: 'ack' as const, id: 'req_1', attempt: 1, position: 3, seq: 9 };
      pair.near.postControl(inbox.address, { meta: control }, 'immediate');
      expect(await got.promise).toEqual({ meta: control });
    });

    it('keeps delivering after a receiver throws', async () => {
      const second = Promise.withResolvers<void>();
      const inbox = await pair.near.openIngressInbox(({ meta }) => {
        if (meta.seq === 0) throw new Error('broken receiver');
        second.resolve();
      });
      pair.far.postFrame(inbox.address, 'rag', frame({ seq: 0 }), 'immediate');
      pair.far.postFrame(inbox.address, 'rag', frame({ seq: 1 }), 'immediate');
      await second.promise;
      expect(pair.errors).toHaveLength(1);
    });

    it('silently drops a message to a closed inbox', async () => {
      const received: ReceivedFrame[] = [];
      const open = Promise.withResolvers<void>();
      const closed = await pair.near.openIngressInbox((item) => void received.push(item));
      const other = await pair.near.openIngressInbox(() => open.resolve());
      await closed.close();
      pair.far.postFrame(closed.address, 'rag', frame({ seq: 0 }), 'immediate');
      pair.far.postFrame(other.address, 'rag', frame({ seq: 0 }), 'immediate');
      await open.promise;
      expect(received).toHaveLength(0);
      expect(pair.errors).toHaveLength(0);
    });

    it('delivers many megabytes of frames without loss', async () => {
      expect.assertions(1);
      let bytes = 0;
      const total = 64 * 128 * 1024;
      const all = Promise.withResolvers<void>();
      const inbox = await pair.near.openIngressInbox((item) => {
        bytes += item.bytes?.byteLength ?? 0;
        if (bytes === total) all.resolve();
      });
      const chunk = Buffer.alloc(128 * 1024, 'x');
      for (let seq = 0; seq < 64; seq += 1) {
        pair.far.postFrame(inbox.address, 'upstream', frame({ seq }, chunk), 'batched');
      }
      await all.promise;
      expect(bytes).toBe(total);
    });

    it('lets workers read a body that is too large to send inline', async () => {
      const accepted: RequestMessage[] = [];
      await pair.far.serve('scrubber', acceptInto(accepted));
      const bytes = Buffer.alloc(3 * 1024 * 1024, 'big ');
      const sent = requestMessage({}, bytes);
      expect(await pair.near.send(sent)).toBe('accepted');
      expect(accepted[0]?.body.size).toBe(bytes.byteLength);
      expect(Buffer.compare(await bytesOf(accepted[0]), bytes)).toBe(0);

      // A worker can forward it without reading it.
      const forwarded: RequestMessage[] = [];
      await pair.near.serve('policy', acceptInto(forwarded));
      expect(await pair.near.send(sent)).toBe('accepted');
      const unread = accepted[1];
      if (!unread) throw new Error('the request was not accepted');
      await pair.far.send({ meta: { ...unread.meta, position: 1 }, body: unread.body });
      expect(Buffer.compare(await bytesOf(forwarded[0]), bytes)).toBe(0);
    });

    it('runs watched work, and its watch ends without it', async () => {
      const { meta } = requestMessage({ position: 1, replyTo: 'llmp.v1.inbox.ingress.one' });
      const one = pair.far.watchWork(meta, 'policy', 'llmp.v1.inbox.policy.one');
      const other = pair.far.watchWork(
        { ...meta, id: 'req_2' },
        'policy',
        'llmp.v1.inbox.policy.one',
      );
      expect(one.run(() => 'result')).toBe('result');
      await expect(other.run(() => Promise.reject(new RangeError('broken')))).rejects.toThrow(
        'broken',
      );
      one.end();
      other.end();
      expect(pair.errors).toEqual([]);
    });

    it('publishes events to all subscribers, near and far, until they unsubscribe', async () => {
      const notified: string[] = [];
      const [near, far] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      await pair.near.subscribe('policies', () => {
        notified.push('near');
        near.resolve();
      });
      const subscription = await pair.far.subscribe('policies', () => {
        notified.push('far');
        far.resolve();
      });
      pair.near.publish('policies');
      await Promise.all([near.promise, far.promise]);
      await subscription.stop();
      const again = Promise.withResolvers<void>();
      await pair.near.subscribe('policies', () => again.resolve());
      pair.far.publish('policies');
      await again.promise;
      expect(notified).toEqual(expect.arrayContaining(['near', 'far']));
      expect(notified.filter((end) => end === 'far')).toHaveLength(1);
    });

    it('is connected', () => {
      expect(pair.near.connected()).toBe(true);
    });
  });
}

function acceptInto(messages: RequestMessage[]) {
  return (next: RequestMessage): 'accepted' => {
    messages.push(next);
    return 'accepted';
  };
}

async function bytesOf(message: RequestMessage | undefined): Promise<Uint8Array> {
  if (!message) throw new Error('there is no request');
  const { bytes } = await message.body.read(new AbortController().signal);
  return Buffer.from(bytes);
}
