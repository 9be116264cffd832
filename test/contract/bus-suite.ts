// The contract every bus keeps, written once and run against each adapter. `near` and `far` are two
// processes' ends of the same bus; where a bus lives in one process they are one and the same.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Bus } from '../../shared/bus/bus.ts';
import type { Letter, Parcel } from '../../shared/protocol/messages.ts';
import { frame, letter } from '../kit/letters.ts';

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
      const taken: Letter[] = [];
      await pair.far.serve('scrubber', takeInto(taken));
      const sent = letter({
        headers: ['X-Odd', 'grüße, "quoted" \u2028'],
        path: '/v1/messages?ä=1',
      });
      expect(await pair.near.send(sent)).toBe('taken');
      expect(taken.map(({ meta }) => meta)).toEqual([sent.meta]);
      expect(await bytesOf(taken[0])).toEqual(await bytesOf(sent));
    });

    it('hands each letter to exactly one worker of a group', async () => {
      const first: Letter[] = [];
      const second: Letter[] = [];
      await pair.near.serve('policy', takeInto(first));
      await pair.far.serve('policy', takeInto(second));
      for (let n = 0; n < 60; n += 1) {
        expect(await pair.near.send(letter({ id: `req_${n}`, hop: 1 }))).toBe('taken');
      }
      const ids = [...first, ...second].map(({ meta }) => meta.id);
      expect(new Set(ids).size).toBe(60);
      expect(ids).toHaveLength(60);
    });

    it('says absent at once when nobody serves the room', async () => {
      expect(await pair.near.send(letter({}))).toBe('absent');
      expect(await pair.near.attended('scrubber')).toBe(false);
    });

    it('says busy when the worker asked is full', async () => {
      await pair.far.serve('scrubber', () => 'busy');
      expect(await pair.near.send(letter({}))).toBe('busy');
      expect(await pair.near.attended('scrubber')).toBe(true);
    });

    it('says unknown when the worker fails to take the letter, and goes on', async () => {
      const taken: Letter[] = [];
      await pair.far.serve('scrubber', (next) => {
        if (next.meta.id === 'req_bad') throw new Error('broken worker');
        taken.push(next);
        return 'taken';
      });
      expect(await pair.near.send(letter({ id: 'req_bad' }))).toBe('unknown');
      expect(await pair.near.send(letter({ id: 'req_good' }))).toBe('taken');
      expect(taken).toHaveLength(1);
      expect(pair.faults).toHaveLength(1);
    });

    it('gives no letter to a worker that has left', async () => {
      const taken: Letter[] = [];
      const served = await pair.far.serve('rag', takeInto(taken));
      await served.stop();
      expect(await pair.near.send(letter({ hop: 2 }))).toBe('absent');
      expect(taken).toHaveLength(0);
    });

    it('brings parcels to their mailbox in order, with the sender it vouches for', async () => {
      const got: [Parcel, string][] = [];
      const all = Promise.withResolvers<void>();
      const mailbox = await pair.near.open('ingress', (parcel, sender) => {
        if (got.push([parcel, sender]) === 300) all.resolve();
      });
      for (let seq = 0; seq < 300; seq += 1) {
        const bytes = Buffer.from(`bytes of ${seq}`);
        pair.far.post(mailbox.address, 'upstream', frame({ seq }, bytes), seq % 7 ? 'soon' : 'now');
      }
      await all.promise;
      expect(got.map(([parcel]) => parcel.meta.seq)).toEqual([...Array(300).keys()]);
      expect(got.every(([, sender]) => sender === 'upstream')).toBe(true);
      expect(Buffer.from(got[299]?.[0].bytes ?? []).toString()).toBe('bytes of 299');
    });

    it('carries controls back and a parcel without bytes as such', async () => {
      const got = Promise.withResolvers<Parcel>();
      const mailbox = await pair.far.open('upstream', (parcel) => got.resolve(parcel));
      const control = { kind: 'ack' as const, id: 'req_1', attempt: 1, hop: 3, seq: 9 };
      pair.near.post(mailbox.address, 'ingress', { meta: control }, 'now');
      expect(await got.promise).toEqual({ meta: control });
    });

    it('goes on delivering after a receiver has thrown', async () => {
      const second = Promise.withResolvers<void>();
      const mailbox = await pair.near.open('ingress', ({ meta }) => {
        if (meta.seq === 0) throw new Error('broken receiver');
        second.resolve();
      });
      pair.far.post(mailbox.address, 'rag', frame({ seq: 0 }), 'now');
      pair.far.post(mailbox.address, 'rag', frame({ seq: 1 }), 'now');
      await second.promise;
      expect(pair.faults).toHaveLength(1);
    });

    it('loses a parcel for a closed mailbox without a word', async () => {
      const got: Parcel[] = [];
      const open = Promise.withResolvers<void>();
      const closed = await pair.near.open('ingress', (parcel) => void got.push(parcel));
      const other = await pair.near.open('ingress', () => open.resolve());
      await closed.close();
      pair.far.post(closed.address, 'rag', frame({ seq: 0 }), 'now');
      pair.far.post(other.address, 'rag', frame({ seq: 0 }), 'now');
      await open.promise;
      expect(got).toHaveLength(0);
      expect(pair.faults).toHaveLength(0);
    });

    it('moves many megabytes of frames without loss', async () => {
      expect.assertions(1);
      let bytes = 0;
      const total = 64 * 128 * 1024;
      const all = Promise.withResolvers<void>();
      const mailbox = await pair.near.open('ingress', (parcel) => {
        bytes += parcel.bytes?.byteLength ?? 0;
        if (bytes === total) all.resolve();
      });
      const piece = Buffer.alloc(128 * 1024, 'x');
      for (let seq = 0; seq < 64; seq += 1) {
        pair.far.post(mailbox.address, 'upstream', frame({ seq }, piece), 'soon');
      }
      await all.promise;
      expect(bytes).toBe(total);
    });

    it('lets a worker read a body too big for a letter, until it is released', async () => {
      const taken: Letter[] = [];
      await pair.far.serve('scrubber', takeInto(taken));
      const bytes = Buffer.alloc(3 * 1024 * 1024, 'big ');
      const sent = letter({}, bytes);
      expect(await pair.near.send(sent)).toBe('taken');
      expect(taken[0]?.body.size).toBe(bytes.byteLength);
      expect(Buffer.compare(await bytesOf(taken[0]), bytes)).toBe(0);

      // Passed on unread, it can still be read by the next room.
      const onward: Letter[] = [];
      await pair.near.serve('policy', takeInto(onward));
      expect(await pair.near.send(sent)).toBe('taken');
      const passed = taken[1];
      if (!passed) throw new Error('the letter was not taken');
      await pair.far.send({ meta: { ...passed.meta, hop: 1 }, body: passed.body });
      expect(Buffer.compare(await bytesOf(onward[0]), bytes)).toBe(0);
    });

    it('brings news to all who listen, near and far, until they stop', async () => {
      const heard: string[] = [];
      const [near, far] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      await pair.near.listen('policies', () => {
        heard.push('near');
        near.resolve();
      });
      const listening = await pair.far.listen('policies', () => {
        heard.push('far');
        far.resolve();
      });
      pair.near.announce('policies');
      await Promise.all([near.promise, far.promise]);
      await listening.stop();
      const again = Promise.withResolvers<void>();
      await pair.near.listen('policies', () => again.resolve());
      pair.far.announce('policies');
      await again.promise;
      expect(heard).toEqual(expect.arrayContaining(['near', 'far']));
      expect(heard.filter((who) => who === 'far')).toHaveLength(1);
    });

    it('is connected', () => {
      expect(pair.near.connected()).toBe(true);
    });
  });
}

function takeInto(letters: Letter[]) {
  return (next: Letter): 'taken' => {
    letters.push(next);
    return 'taken';
  };
}

async function bytesOf(from: Letter | undefined): Promise<Uint8Array> {
  if (!from) throw new Error('there is no letter');
  return Buffer.from(await from.body.read(new AbortController().signal));
}
