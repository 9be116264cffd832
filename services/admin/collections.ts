// Creates, updates and deletes collections, for the admin API and the command line.

import type { Clock } from '../../shared/runtime/clock.ts';
import type { Store } from '../../shared/store/store.ts';
import type { CollectionRecord, Collections } from '../../shared/retrieval/collections.ts';
import { dropJobId } from '../../shared/retrieval/document-jobs.ts';
import { sentDuration } from '../../shared/runtime/duration.ts';
import { LlmpError } from '../../shared/errors.ts';
import type { NewJob, Queue } from '../../shared/queue/queue.ts';
import { openWithStoreErrors, withStoreErrors } from './store-errors.ts';
import {
  readCollectionInput,
  readCollectionUpdate,
  readDropInput,
  readPageInput,
} from './collection-input.ts';
import { absence, pagesOfKeys, some } from './find-key.ts';
import { keyStatusOf } from './key-status.ts';
import { PAGE_MAX } from './read-input.ts';

export interface CollectionServicePorts {
  readonly store: Pick<
    Store,
    'collection' | 'listCollections' | 'putCollection' | 'deleteCollection' | 'listKeys'
  >;
  /** Opens the queue when an operation needs it. */
  readonly queue: () => Promise<Pick<Queue, 'add' | 'status'>>;
  readonly clock: Pick<Clock, 'now'>;
}

export interface CollectionView {
  readonly name: string;
  readonly team: string | null;
  readonly scrub: boolean;
  readonly inject: string;
  readonly citations: boolean;
  readonly passages_max: number;
  readonly tokens_max: number;
  readonly coverage_min: number;
  /** As it was sent. */
  readonly deadline: string;
  readonly on_error: string;
  readonly created_at: string;
}

export interface PageView<View> {
  readonly data: readonly View[];
  readonly has_more: boolean;
  /** The `after` of the next page. */
  readonly last_id: string | null;
}

/** Methods validate their input (`invalid_request`) and throw `not_found` for an unknown collection. */
export interface CollectionService {
  /** @param input `name` and optional settings. @throws `conflict` when the name is taken. */
  create(input: unknown): Promise<CollectionView>;
  list(input: unknown): Promise<PageView<CollectionView>>;
  show(name: string): Promise<CollectionView>;
  /** Replaces the given settings; `team: null` removes the team. */
  change(name: string, input: unknown): Promise<CollectionView>;
  /**
   * Deletes the collection and its documents at once; a job deletes their passages.
   * @param input `force`: also while keys name the collection
   * @throws `conflict` with the keys that name it
   */
  drop(name: string, input?: unknown): Promise<void>;
}

export function createCollectionService(ports: CollectionServicePorts): CollectionService {
  const { clock } = ports;
  const store = withStoreErrors(ports.store);
  const openQueue = openWithStoreErrors(ports.queue);
  return {
    async create(input) {
      const fields = readCollectionInput(input);
      if (await store.collection(fields.name)) {
        throw new LlmpError('conflict', 'A collection with this name exists already.', {
          retry: false,
        });
      }
      // A pending delete job would also delete the new collection's passages.
      const queue = await openQueue();
      if (await queue.status(dropJobId(fields.name))) {
        throw new LlmpError('conflict', 'A collection with this name is still being deleted.');
      }
      const nowMs = clock.now();
      const { name, team, scrub, inject, citations } = fields;
      const record: CollectionRecord = {
        name,
        createdAt: nowMs,
        // Starts at the current time, so that no revision of a deleted collection is repeated.
        revision: nowMs,
        ...(team === undefined || team === null ? {} : { team }),
        scrub,
        inject,
        citations,
        passagesMax: fields.passages_max,
        tokensMax: fields.tokens_max,
        coverageMin: fields.coverage_min,
        deadlineMs: fields.deadline.ms,
        deadline: fields.deadline.sent,
        onError: fields.on_error,
      };
      // Deletes passages left over from an interrupted deletion of the same name.
      await queue.add(dropJob(name));
      await store.putCollection(record);
      return viewOf(record);
    },

    async list(input) {
      const { limit, ...from } = readPageInput(input);
      const records = await store.listCollections({ ...from, limit: limit + 1 });
      const data = records.slice(0, limit).map(viewOf);
      return { data, has_more: records.length > limit, last_id: data.at(-1)?.name ?? null };
    },

    show: async (name) => viewOf(await requireCollection(store, name)),

    async change(name, input) {
      const fields = readCollectionUpdate(input);
      const { team: oldTeam, ...record } = await requireCollection(store, name);
      const team = fields.team === undefined ? oldTeam : fields.team;
      const changed: CollectionRecord = {
        ...record,
        ...(team === undefined || team === null ? {} : { team }),
        scrub: fields.scrub ?? record.scrub,
        inject: fields.inject ?? record.inject,
        citations: fields.citations ?? record.citations,
        passagesMax: fields.passages_max ?? record.passagesMax,
        tokensMax: fields.tokens_max ?? record.tokensMax,
        coverageMin: fields.coverage_min ?? record.coverageMin,
        ...(fields.deadline
          ? { deadlineMs: fields.deadline.ms, deadline: fields.deadline.sent }
          : {}),
        onError: fields.on_error ?? record.onError,
      };
      await store.putCollection(changed);
      return viewOf(changed);
    },

    async drop(name, input = {}) {
      const { force } = readDropInput(input);
      await requireCollection(store, name);
      if (!force) await checkUnnamed(store, name, clock.now());
      const queue = await openQueue();
      await store.deleteCollection(name);
      await queue.add(dropJob(name));
    },
  };
}

/** @throws `conflict` when keys that are not over name the collection */
async function checkUnnamed(
  store: Pick<Store, 'listKeys'>,
  name: string,
  nowMs: number,
): Promise<void> {
  const naming: string[] = [];
  for await (const page of pagesOfKeys(store)) {
    for (const key of page) {
      const isNaming = key.collections?.includes(name) === true;
      if (isNaming && keyStatusOf(key, nowMs) === 'active') naming.push(`${key.name} (${key.id})`);
    }
  }
  if (naming.length === 0) return;
  const keys = naming.length === 1 ? 'A key names' : `${naming.length} keys name`;
  throw new LlmpError(
    'conflict',
    `${keys} this collection: ${some(naming)}. Take it from them, or delete it with force.`,
    { retry: false },
  );
}

function dropJob(collection: string): NewJob {
  return { id: dropJobId(collection), data: { kind: 'drop', collection } };
}

/** @throws `not_found` when there is no such collection. */
export async function requireCollection(
  store: Pick<Collections, 'collection' | 'listCollections'>,
  name: string,
): Promise<CollectionRecord> {
  const record = await store.collection(name);
  if (record) return record;
  const known = await store.listCollections({ limit: PAGE_MAX });
  throw new LlmpError(
    'not_found',
    absence(
      'collection',
      name,
      known.map((each) => each.name),
    ),
  );
}

function viewOf(record: CollectionRecord): CollectionView {
  return {
    name: record.name,
    team: record.team ?? null,
    scrub: record.scrub,
    inject: record.inject,
    citations: record.citations,
    passages_max: record.passagesMax,
    tokens_max: record.tokensMax,
    coverage_min: record.coverageMin,
    deadline: sentDuration(record.deadlineMs, record.deadline),
    on_error: record.onError,
    created_at: new Date(record.createdAt).toISOString(),
  };
}
