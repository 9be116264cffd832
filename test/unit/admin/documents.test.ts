// Collection and document services on a real store and a real queue.

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

async function setUp() {
  const directory = mkdtempSync(join(tmpdir(), 'llmp-admin-'));
  const clock = createFakeClock();
  const store = openEmbeddedStore(directory, limits.store);
  const queue = openEmbeddedQueue({
    directory,
    clock,
    lockWaitMs: 2_000,
    limits: limits.queue,
    onError: () => {},
  });
  const ports = { store, clock, queue: () => Promise.resolve(queue) };
  const collections = createCollectionService(ports);
  const documents = createDocumentService({ ...ports, limits: limits.documents });
  const never = new AbortController().signal;
  return {
    clock,
    store,
    queue,
    collections,
    documents,
    /** Runs the waiting jobs. */
    async runJobs(handler: JobHandler = async () => {}) {
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
    /** Advances the clock until `work` has ended. */
    async withTimePassing<T>(work: Promise<T>): Promise<T> {
      let hasEnded = false;
      const ended = work.finally(() => (hasEnded = true));
      ended.catch(() => {});
      while (!hasEnded) {
        clock.advance(200);
        await new Promise((resolve) => void setImmediate(resolve));
      }
      return await ended;
    },
    async [Symbol.asyncDispose]() {
      await queue[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

describe('a collection', () => {
  it('is created with defaults, shown and listed', async () => {
    await using admin = await setUp();
    const created = await admin.collections.create({ name: 'handbook', team: 'staff' });
    expect(created).toEqual({
      name: 'handbook',
      team: 'staff',
      scrub: true,
      inject: 'search_result',
      citations: true,
      passages_max: 5,
      tokens_max: 2_000,
      coverage_min: 0.35,
      deadline: '2s',
      on_error: 'open',
      created_at: '2026-01-01T00:00:00.000Z',
    });
    expect(await admin.collections.show('handbook')).toEqual(created);
    await admin.collections.create({ name: 'faq' });
    const page = await admin.collections.list({ limit: 1 });
    expect(page).toMatchObject({ has_more: true, last_id: 'faq' });
    expect((await admin.collections.list({ after: 'faq' })).data).toEqual([created]);
  });

  it('updates only the given settings', async () => {
    await using admin = await setUp();
    await admin.collections.create({ name: 'handbook', team: 'staff', passages_max: 3 });
    const changed = await admin.collections.change('handbook', { deadline: '5s', team: null });
    expect(changed).toMatchObject({ deadline: '5s', team: null, passages_max: 3 });
  });

  it.each([
    [{ name: 'Hand Book' }, 'name: must have only lowercase letters'],
    [{ name: '../x' }, 'name: must have only lowercase letters'],
    [{ name: 'a', passages_max: 0 }, 'passages_max: must be a whole number from 1 to 20'],
    [{ name: 'a', deadline: '1h' }, 'deadline: must be a duration'],
    [{ name: 'a', scrubb: false }, 'scrubb: unknown field'],
    [{ name: 'a', inject: 'x', on_error: 'y' }, 'inject: must be one of'],
  ])('is not created from %j', async (input, message) => {
    await using admin = await setUp();
    await expect(admin.collections.create(input)).rejects.toThrow(message);
  });

  it('has a unique name', async () => {
    await using admin = await setUp();
    await admin.collections.create({ name: 'handbook' });
    const again = admin.collections.create({ name: 'handbook' });
    await expect(again).rejects.toMatchObject({ code: 'conflict' });
  });

  it('is not deleted while keys in use name it, unless that is forced', async () => {
    await using admin = await setUp();
    await admin.collections.create({ name: 'handbook' });
    const record = { hash: 'a', name: 'laptop', createdAt: 0, collections: ['handbook'] };
    await admin.store.addKey({ ...record, id: 'k1' });
    await admin.store.addKey({ ...record, id: 'k2', hash: 'b', disabledAt: 1 });
    await admin.runJobs();
    await expect(admin.collections.drop('handbook')).rejects.toMatchObject({
      code: 'conflict',
      retry: false,
      message:
        'A key names this collection: laptop (k1). Take it from them, or delete it with force.',
    });
    await admin.collections.drop('handbook', { force: 'true' });
    await expect(admin.collections.show('handbook')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('is gone as soon as it is deleted, and can be created again once its passages are deleted', async () => {
    await using admin = await setUp();
    await admin.collections.create({ name: 'handbook' });
    await admin.runJobs();
    await admin.documents.put('handbook', NAME, BYTES);
    await admin.runJobs();
    await admin.collections.drop('handbook');
    await expect(admin.collections.show('handbook')).rejects.toMatchObject({ code: 'not_found' });
    await expect(admin.documents.show('handbook', ID)).rejects.toMatchObject({ code: 'not_found' });
    const early = admin.collections.create({ name: 'handbook' });
    await expect(early).rejects.toMatchObject({ code: 'conflict' });
    await admin.runJobs();
    await admin.collections.create({ name: 'handbook' });
  });
});

describe('a document', () => {
  async function withCollection() {
    const admin = await setUp();
    await admin.collections.create({ name: 'handbook' });
    await admin.runJobs();
    return admin;
  }

  it('becomes a job with its bytes and is shown as waiting', async () => {
    await using admin = await withCollection();
    const { view, isNew } = await admin.documents.put('handbook', NAME, BYTES);
    expect(isNew).toBe(true);
    expect(view).toMatchObject({ id: ID, name: NAME, state: 'waiting', bytes: BYTES.length });
    const bytes: Buffer[] = [];
    await admin.runJobs(async (job) => void bytes.push(Buffer.from(await job.bytes())));
    expect(bytes).toEqual([BYTES]);
  });

  it('is not indexed again when the same bytes are uploaded again', async () => {
    await using admin = await withCollection();
    await admin.documents.put('handbook', NAME, BYTES);
    expect((await admin.documents.put('handbook', NAME, BYTES)).isNew).toBe(false);
    let jobs = 0;
    await admin.runJobs(async () => void (jobs += 1));
    expect(jobs).toBe(1);
    expect((await admin.documents.put('handbook', NAME, BYTES)).isNew).toBe(false);
    expect((await admin.documents.put('handbook', NAME, Buffer.from('Forty.'))).isNew).toBe(true);
  });

  it('stays unchanged while the job of an older version does not end', async () => {
    await using admin = await withCollection();
    await admin.documents.put('handbook', NAME, BYTES);
    const newer = admin.documents.put('handbook', NAME, Buffer.from('Forty days.'));
    await expect(admin.withTimePassing(newer)).rejects.toMatchObject({ code: 'conflict' });
    const before = await admin.store.document('handbook', ID);
    expect(before).toMatchObject({ state: 'waiting', bytes: BYTES.length });
    const removed = admin.documents.remove('handbook', ID);
    await expect(admin.withTimePassing(removed)).rejects.toMatchObject({ code: 'conflict' });
    expect(await admin.store.document('handbook', ID)).toEqual(before);
  });

  it('is removed by a job', async () => {
    await using admin = await withCollection();
    await admin.documents.put('handbook', NAME, BYTES);
    await admin.runJobs();
    expect(await admin.documents.remove('handbook', ID)).toMatchObject({ state: 'removing' });
    const kinds: unknown[] = [];
    await admin.runJobs(async ({ data }) => void kinds.push(data['kind']));
    expect(kinds).toEqual(['remove']);
  });

  it('is listed when its job failed permanently, and can be retried', async () => {
    await using admin = await withCollection();
    await admin.documents.put('handbook', NAME, BYTES);
    await admin.store.updateDocument('handbook', ID, (record) => ({
      ...record,
      state: 'failed',
      error: 'It is damaged.',
    }));
    await admin.runJobs(() => Promise.reject(new UnrecoverableJobError('It is damaged.')));
    expect(await admin.documents.failed()).toEqual([
      { collection: 'handbook', document: ID, attempts: 1, error: 'It is damaged.' },
    ]);
    expect(await admin.documents.reindex('handbook', ID)).toMatchObject({
      state: 'waiting',
      error: null,
    });
    const bytes: Buffer[] = [];
    await admin.runJobs(async (job) => void bytes.push(Buffer.from(await job.bytes())));
    expect(bytes).toEqual([BYTES]);
  });

  it('is reindexed with all others that are ready', async () => {
    await using admin = await withCollection();
    await admin.documents.put('handbook', NAME, BYTES);
    await admin.runJobs();
    const ready = { state: 'ready', passages: 1 } as const;
    await admin.store.updateDocument('handbook', ID, (record) => ({ ...record, ...ready }));
    expect(await admin.documents.reindexAll('handbook')).toEqual({
      documents: 1,
      refused: 0,
    });
    const kinds: unknown[] = [];
    await admin.runJobs(async ({ data }) => void kinds.push(data['kind']));
    expect(kinds).toEqual(['reindex']);
  });

  it('that is missing from the index must be uploaded again, not reindexed', async () => {
    await using admin = await withCollection();
    await admin.documents.put('handbook', NAME, BYTES);
    await admin.runJobs();
    const missing = { state: 'failed', error: 'It is not there.', missing: true } as const;
    await admin.store.updateDocument('handbook', ID, (record) => ({
      ...record,
      ...missing,
      passages: 3,
    }));
    expect(await admin.documents.show('handbook', NAME)).toMatchObject({ passages: null });
    await expect(admin.documents.reindex('handbook', ID)).rejects.toMatchObject({
      code: 'conflict',
      message: 'It is not there.',
    });
    const again = await admin.documents.reindexAll('handbook');
    expect(again).toEqual({ documents: 0, refused: 1 });
    const sent = await admin.documents.put('handbook', NAME, BYTES);
    expect(sent).toMatchObject({ isNew: true, view: { state: 'waiting', error: null } });
  });

  it.each([
    ['', BYTES, 'name: must not be empty'],
    [undefined, BYTES, 'name: must be the name of the file'],
    ['/etc/passwd', BYTES, 'name: must be a relative path'],
    ['a/../../b', BYTES, 'name: must be a relative path'],
    ['a\u0000b', BYTES, 'name: must not have control characters'],
    ['a.md', Buffer.alloc(0), 'body: must not be empty'],
    ['a.md', Buffer.alloc(limits.documents.bytesMax + 1), 'larger than allowed'],
  ])('is not accepted as %j', async (name, bytes, message) => {
    await using admin = await withCollection();
    await expect(admin.documents.put('handbook', name, bytes)).rejects.toThrow(message);
  });

  it('needs an existing collection', async () => {
    await using admin = await withCollection();
    const orphan = admin.documents.put('faq', NAME, BYTES);
    await expect(orphan).rejects.toMatchObject({ code: 'not_found' });
    await expect(admin.documents.show('handbook', 'doc_x')).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});
