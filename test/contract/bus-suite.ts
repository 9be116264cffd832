// The contract every bus keeps, written once and run against each adapter. `near` and `far` are two
// processes' ends of the same bus; where a bus lives in one process they are one and the same.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Bus } from '../../shared/bus/bus.ts';
import type { RequestMessage, Message } from '../../shared/protocol/messages.ts';
import { frame, requestMessage } from '../kit/request-messages.ts';

export interface BusPair extends AsyncDisposable {
  readonly near: Bus;
  readonly far: Bus;
  /** What receivers threw, as told to the bus's fault handler. */
  readonly faults: unknown[];
}

export function busSuite(name: string, openPair: () => Promise<BusPair>): void {
  describe(`the ${name} bus`, () => {
    let pair: BusPair;
    beforeEach(async () => {
      pair = await openPair();
    });
    afterEach(() => pair[Symbol.asyncDispose]());

    it('hands a letter to a worker of the room it names, body and meta unchanged', async () => {
      const taken: RequestMessage[] = [];
      await pair.far.serve('scrubber', takeInto(taken));
      const sent = requestMessage({
        headers: ['X-Odd', 'grüße, "quoted" \u2028'],
        path: '/v1/messages?ä=1',
      });
      expect(await pair.near.send(sent)).toBe('accepted');
      expect(taken.map(({ meta }) => meta)).toEqual([sent.meta]);
      expect(await bytesOf(taken[0])).toEqual(await bytesOf(sent));
    });

    it('hands each letter to exactly one worker of a group', async () => {
      const first: RequestMessage[] = [];
      const second: RequestMessage[] = [];
      await pair.near.serve('policy', takeInto(first));
      await pair.far.serve('policy', takeInto(second));
      for (let n = 0; n < 60; n += 1) {
        expect(await pair.near.send(requestMessage({ id: `req_${n}`, position: 1 }))).toBe(
          'accepted',
        );
      }
      const ids = [...first, ...second].map(({ meta }) => meta.id);
      expect(new Set(ids).size).toBe(60);
      expect(ids).toHaveLength(60);
    });

    it('says absent at once when nobody serves the room', async () => {
      expect(await pair.near.send(requestMessage({}))).toBe('no_responders');
      expect(await pair.near.hasWorkers('scrubber')).toBe(false);
    });

    it('says busy when the worker asked is full', async () => {
      await pair.far.serve('scrubber', () => 'busy');
      expect(await pair.near.send(requestMessage({}))).toBe('busy');
      expect(await pair.near.hasWorkers('scrubber')).toBe(true);
    });

    it('says unknown when the worker fails to take the letter, and goes on', async () => {
      const taken: RequestMessage[] = [];
      await pair.far.serve('scrubber', (next) => {
        if (next.meta.id === 'req_bad') throw new Error('broken worker');
        taken.push(next);
        return 'accepted';
      });
      expect(await pair.near.send(requestMessage({ id: 'req_bad' }))).toBe('timeout');
      expect(await pair.near.send(requestMessage({ id: 'req_good' }))).toBe('accepted');
      expect(taken).toHaveLength(1);
      expect(pair.faults).toHaveLength(1);
    });

    it('gives no letter to a worker that has left', async () => {
      const taken: RequestMessage[] = [];
      const subscription = await pair.far.serve('rag', takeInto(taken));
      await subscription.stop();
      expect(await pair.near.send(requestMessage({ position: 2 }))).toBe('no_responders');
      expect(taken).toHaveLength(0);
    });

    it('brings parcels to their mailbox in order, with the sender it vouches for', async () => {
      const got: [Message, string][] = [];
      const all = Promise.withResolvers<void>();
      const inbox = await pair.near.openIngressInbox((item, sender) => {
        if (got.push([item, sender]) === 300) all.resolve();
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
      expect(got.map(([item]) => item.meta.seq)).toEqual([...Array(300).keys()]);
      expect(got.every(([, sender]) => sender === 'upstream')).toBe(true);
      expect(Buffer.from(got[299]?.[0].bytes ?? []).toString()).toBe('bytes of 299');
    });

    it('carries controls back and a parcel without bytes as such', async () => {
      const got = Promise.withResolvers<Message>();
      const inbox = await pair.far.openWorkerInbox('upstream', (item) => got.resolve(item));
      const control = { kind: 'ack' as const, id: 'req_1', attempt: 1, position: 3, seq: 9 };
      pair.near.postControl(inbox.address, { meta: control }, 'immediate');
      expect(await got.promise).toEqual({ meta: control });
    });

    it('goes on delivering after a receiver has thrown', async () => {
      const second = Promise.withResolvers<void>();
      const inbox = await pair.near.openIngressInbox(({ meta }) => {
        if (meta.seq === 0) throw new Error('broken receiver');
        second.resolve();
      });
      pair.far.postFrame(inbox.address, 'rag', frame({ seq: 0 }), 'immediate');
      pair.far.postFrame(inbox.address, 'rag', frame({ seq: 1 }), 'immediate');
      await second.promise;
      expect(pair.faults).toHaveLength(1);
    });

    it('loses a parcel for a closed mailbox without a word', async () => {
      const got: Message[] = [];
      const open = Promise.withResolvers<void>();
      const closed = await pair.near.openIngressInbox((item) => void got.push(item));
      const other = await pair.near.openIngressInbox(() => open.resolve());
      await closed.close();
      pair.far.postFrame(closed.address, 'rag', frame({ seq: 0 }), 'immediate');
      pair.far.postFrame(other.address, 'rag', frame({ seq: 0 }), 'immediate');
      await open.promise;
      expect(got).toHaveLength(0);
      expect(pair.faults).toHaveLength(0);
    });

    it('moves many megabytes of frames without loss', async () => {
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

    it('lets a worker read a body too big for a letter, until it is released', async () => {
      const taken: RequestMessage[] = [];
      await pair.far.serve('scrubber', takeInto(taken));
      const bytes = Buffer.alloc(3 * 1024 * 1024, 'big ');
      const sent = requestMessage({}, bytes);
      expect(await pair.near.send(sent)).toBe('accepted');
      expect(taken[0]?.body.size).toBe(bytes.byteLength);
      expect(Buffer.compare(await bytesOf(taken[0]), bytes)).toBe(0);

      // Passed on unread, it can still be read by the next worker.
      const onward: RequestMessage[] = [];
      await pair.near.serve('policy', takeInto(onward));
      expect(await pair.near.send(sent)).toBe('accepted');
      const passed = taken[1];
      if (!passed) throw new Error('the letter was not taken');
      await pair.far.send({ meta: { ...passed.meta, position: 1 }, body: passed.body });
      expect(Buffer.compare(await bytesOf(onward[0]), bytes)).toBe(0);
    });

    it('brings news to all who listen, near and far, until they stop', async () => {
      const heard: string[] = [];
      const [near, far] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      await pair.near.subscribe('policies', () => {
        heard.push('near');
        near.resolve();
      });
      const listening = await pair.far.subscribe('policies', () => {
        heard.push('far');
        far.resolve();
      });
      pair.near.publish('policies');
      await Promise.all([near.promise, far.promise]);
      await listening.stop();
      const again = Promise.withResolvers<void>();
      await pair.near.subscribe('policies', () => again.resolve());
      pair.far.publish('policies');
      await again.promise;
      expect(heard).toEqual(expect.arrayContaining(['near', 'far']));
      expect(heard.filter((who) => who === 'far')).toHaveLength(1);
    });

    it('is connected', () => {
      expect(pair.near.connected()).toBe(true);
    });
  });
}

function takeInto(messages: RequestMessage[]) {
  return (next: RequestMessage): 'accepted' => {
    messages.push(next);
    return 'accepted';
  };
}

async function bytesOf(from: RequestMessage | undefined): Promise<Uint8Array> {
  if (!from) throw new Error('there is no letter');
  return Buffer.from(await from.body.read(new AbortController().signal));
}
