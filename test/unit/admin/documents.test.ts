// The rules about collections and documents, on a real store and a real queue.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createCollectionService } from '../../../services/admin/collections.ts';
import { createDocumentService } from '../../../services/admin/documents.ts';
import { documentIdOf, documentJobId, dropJobId } from '../../../shared/retrieval/document-jobs.ts';
import { limits } from '../../../shared/limits.ts';
import { openEmbeddedQueue } from '../../../shared/queue/embedded.ts';
import { UnrecoverableJobError, type JobHandler } from '../../../shared/queue/queue.ts';
import { openEmbeddedStore } from '../../../shared/store/embedded.ts';
import { createFakeClock } from '../../kit/fake-clock.ts';

const NAME = 'people/leave.md';
const ID = documentIdOf(NAME);
const BYTES = Buffer.from('Thirty days.');

async function desk() {
  const directory = mkdtempSync(join(tmpdir(), 'llmp-desk-'));
  const clock = createFakeClock();
  const store = openEmbeddedStore(directory);
  const queue = openEmbeddedQueue({ directory, clock, onError: () => {} });
  const ports = { store, clock, queue: () => Promise.resolve(queue) };
  const collections = createCollectionService(ports);
  const documents = createDocumentService(ports);
  const never = new AbortController().signal;
  return {
    clock,
    store,
    queue,
    collections,
    documents,
    /** Has the jobs done that are waiting. */
    async work(handler: JobHandler = async () => {}) {
      const worker = queue.work(handler, { concurrency: 1 });
      for (;;) {
        const left = await Promise.all(
          [documentJobId('handbook', ID), dropJobId('handbook')].map((id) => queue.status(id)),
        );
        if (left.every((job) => job === undefined || job.state === 'failed')) break;
        await new Promise((resolve) => void setImmediate(resolve));
      }
      await worker.drain(never);
    },
    /** A pause of the register passes. */
    async passing<T>(work: Promise<T>): Promise<T> {
      let isOver = false;
      const over = work.finally(() => (isOver = true));
      over.catch(() => {});
      while (!isOver) {
        clock.advance(200);
        await new Promise((resolve) => void setImmediate(resolve));
      }
      return await over;
    },
    async [Symbol.asyncDispose]() {
      await queue[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

describe('a collection', () => {
  it('is made with what is usual, and shown and listed', async () => {
    await using own = await desk();
    const made = await own.collections.create({ name: 'handbook', team: 'staff' });
    expect(made).toEqual({
      name: 'handbook',
      team: 'staff',
      scrub: true,
      inject: 'search_result',
      citations: true,
      passages_max: 5,
      tokens_max: 2_000,
      coverage_min: 0.35,
      deadline_ms: 2_000,
      on_error: 'open',
      created_at: '2026-01-01T00:00:00.000Z',
    });
    expect(await own.collections.show('handbook')).toEqual(made);
    await own.collections.create({ name: 'faq' });
    const page = await own.collections.list({ limit: 1 });
    expect(page).toMatchObject({ has_more: true, last_id: 'faq' });
    expect((await own.collections.list({ after: 'faq' })).data).toEqual([made]);
  });

  it('changes in what is said, and in nothing else', async () => {
    await using own = await desk();
    await own.collections.create({ name: 'handbook', team: 'staff', passages_max: 3 });
    const changed = await own.collections.change('handbook', { deadline: '5s', team: null });
    expect(changed).toMatchObject({ deadline_ms: 5_000, team: null, passages_max: 3 });
  });

  it.each([
    [{ name: 'Hand Book' }, 'name: must be small letters'],
    [{ name: '../x' }, 'name: must be small letters'],
    [{ name: 'a', passages_max: 0 }, 'passages_max: must be a whole number from 1 to 20'],
    [{ name: 'a', deadline: '1h' }, 'deadline: must be a duration'],
    [{ name: 'a', scrubb: false }, 'scrubb: there is no such field'],
    [{ name: 'a', inject: 'x', on_error: 'y' }, 'inject: must be one of'],
  ])('is not made of %j', async (said, onError) => {
    await using own = await desk();
    await expect(own.collections.create(said)).rejects.toThrow(onError);
  });

  it('is one of its name', async () => {
    await using own = await desk();
    await own.collections.create({ name: 'handbook' });
    const again = own.collections.create({ name: 'handbook' });
    await expect(again).rejects.toMatchObject({ code: 'conflict' });
  });

  it('is gone at once when it is dropped, and comes back when what it left is away', async () => {
    await using own = await desk();
    await own.collections.create({ name: 'handbook' });
    await own.work();
    await own.documents.put('handbook', NAME, BYTES);
    await own.work();
    await own.collections.drop('handbook');
    await expect(own.collections.show('handbook')).rejects.toMatchObject({ code: 'not_found' });
    await expect(own.documents.show('handbook', ID)).rejects.toMatchObject({ code: 'not_found' });
    const early = own.collections.create({ name: 'handbook' });
    await expect(early).rejects.toMatchObject({ code: 'conflict' });
    await own.work();
    await own.collections.create({ name: 'handbook' });
  });
});

describe('a document', () => {
  async function withCollection() {
    const own = await desk();
    await own.collections.create({ name: 'handbook' });
    await own.work();
    return own;
  }

  it('is a job with its bytes, and shown as waiting', async () => {
    await using own = await withCollection();
    const { view, isNew } = await own.documents.put('handbook', NAME, BYTES);
    expect(isNew).toBe(true);
    expect(view).toMatchObject({ id: ID, name: NAME, state: 'waiting', bytes: BYTES.length });
    const bytes: Buffer[] = [];
    await own.work(async (job) => void bytes.push(Buffer.from(await job.bytes())));
    expect(bytes).toEqual([BYTES]);
  });

  it('is not worked on again when the same bytes come again', async () => {
    await using own = await withCollection();
    await own.documents.put('handbook', NAME, BYTES);
    expect((await own.documents.put('handbook', NAME, BYTES)).isNew).toBe(false);
    let jobs = 0;
    await own.work(async () => void (jobs += 1));
    expect(jobs).toBe(1);
    expect((await own.documents.put('handbook', NAME, BYTES)).isNew).toBe(false);
    expect((await own.documents.put('handbook', NAME, Buffer.from('Forty.'))).isNew).toBe(true);
  });

  it('is what it was before while an older version is worked on and does not end', async () => {
    await using own = await withCollection();
    await own.documents.put('handbook', NAME, BYTES);
    const newer = own.documents.put('handbook', NAME, Buffer.from('Forty days.'));
    await expect(own.passing(newer)).rejects.toMatchObject({ code: 'conflict' });
    const before = await own.store.document('handbook', ID);
    expect(before).toMatchObject({ state: 'waiting', bytes: BYTES.length });
    const removed = own.documents.remove('handbook', ID);
    await expect(own.passing(removed)).rejects.toMatchObject({ code: 'conflict' });
    expect(await own.store.document('handbook', ID)).toEqual(before);
  });

  it('is taken away by a job', async () => {
    await using own = await withCollection();
    await own.documents.put('handbook', NAME, BYTES);
    await own.work();
    expect(await own.documents.remove('handbook', ID)).toMatchObject({ state: 'removing' });
    const kinds: unknown[] = [];
    await own.work(async ({ data }) => void kinds.push(data['kind']));
    expect(kinds).toEqual(['remove']);
  });

  it('that failed is shown among those that nobody tries any more, and can be tried again', async () => {
    await using own = await withCollection();
    await own.documents.put('handbook', NAME, BYTES);
    await own.store.updateDocument('handbook', ID, (record) => ({
      ...record,
      state: 'failed',
      error: 'It is damaged.',
    }));
    await own.work(() => Promise.reject(new UnrecoverableJobError('It is damaged.')));
    expect(await own.documents.failed()).toEqual([
      { collection: 'handbook', document: ID, attempts: 1, error: 'It is damaged.' },
    ]);
    expect(await own.documents.reindex('handbook', ID)).toMatchObject({
      state: 'waiting',
      error: null,
    });
    const bytes: Buffer[] = [];
    await own.work(async (job) => void bytes.push(Buffer.from(await job.bytes())));
    expect(bytes).toEqual([BYTES]);
  });

  it('is indexed anew with all others that are ready', async () => {
    await using own = await withCollection();
    await own.documents.put('handbook', NAME, BYTES);
    await own.work();
    const ready = { state: 'ready', passages: 1 } as const;
    await own.store.updateDocument('handbook', ID, (record) => ({ ...record, ...ready }));
    expect(await own.documents.reindexAll('handbook')).toEqual({
      documents: 1,
      refused: 0,
    });
    const kinds: unknown[] = [];
    await own.work(async ({ data }) => void kinds.push(data['kind']));
    expect(kinds).toEqual(['reindex']);
  });

  it('that the index does not hold is taken again, and not indexed anew from nothing', async () => {
    await using own = await withCollection();
    await own.documents.put('handbook', NAME, BYTES);
    await own.work();
    const missing = { state: 'failed', error: 'It is not there.', missing: true } as const;
    await own.store.updateDocument('handbook', ID, (record) => ({
      ...record,
      ...missing,
      passages: 3,
    }));
    expect(await own.documents.show('handbook', ID)).toMatchObject({ passages: null });
    await expect(own.documents.reindex('handbook', ID)).rejects.toMatchObject({
      code: 'conflict',
      message: 'It is not there.',
    });
    const again = await own.documents.reindexAll('handbook');
    expect(again).toEqual({ documents: 0, refused: 1 });
    const sent = await own.documents.put('handbook', NAME, BYTES);
    expect(sent).toMatchObject({ isNew: true, view: { state: 'waiting', error: null } });
  });

  it.each([
    ['', BYTES, 'name: must not be empty'],
    [undefined, BYTES, 'name: must be the name of the file'],
    ['/etc/passwd', BYTES, 'name: must be relative'],
    ['a/../../b', BYTES, 'name: must be relative'],
    ['a\u0000b', BYTES, 'name: must not have control characters'],
    ['a.md', Buffer.alloc(0), 'body: has no bytes'],
    ['a.md', Buffer.alloc(limits.documents.bytesMax + 1), 'larger than allowed'],
  ])('is not taken as %j', async (name, bytes, onError) => {
    await using own = await withCollection();
    await expect(own.documents.put('handbook', name, bytes)).rejects.toThrow(onError);
  });

  it('has to be of a collection that is there', async () => {
    await using own = await withCollection();
    const strange = own.documents.put('faq', NAME, BYTES);
    await expect(strange).rejects.toMatchObject({ code: 'not_found' });
    await expect(own.documents.show('handbook', 'doc_x')).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});
