// The life of a collection: made, changed, dropped. The one place for these rules, used by the admin API
// and by the command line.

import type { Clock } from '../../shared/runtime/clock.ts';
import type { CollectionRecord, Collections } from '../../shared/retrieval/collections.ts';
import { dropJobId } from '../../shared/retrieval/document-jobs.ts';
import { LlmpError } from '../../shared/errors.ts';
import type { NewJob, Queue } from '../../shared/queue/queue.ts';
import { answered } from './store-errors.ts';
import { readCollectionChange, readCollectionInput, readPageInput } from './collection-input.ts';

export interface CollectionServicePorts {
  readonly store: Pick<
    Collections,
    'collection' | 'listCollections' | 'putCollection' | 'deleteCollection'
  >;
  /** Opened when something is to be done. */
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
  readonly deadline_ms: number;
  readonly on_error: string;
  readonly created_at: string;
}

export interface PageView<View> {
  readonly data: readonly View[];
  readonly has_more: boolean;
  /** The `after` of the next page. */
  readonly last_id: string | null;
}

/** All take input as it came and throw `invalid_request`; a collection that is not there is `not_found`. */
export interface CollectionService {
  /** Input: `name`, and if wanted settings. Throws `conflict` where there is one of that name. */
  create(input: unknown): Promise<CollectionView>;
  list(input: unknown): Promise<PageView<CollectionView>>;
  show(name: string): Promise<CollectionView>;
  /** What is given replaces what there was; `team: null` takes the team away. */
  change(name: string, input: unknown): Promise<CollectionView>;
  /** With all its documents, from now on; what the index holds of them follows. */
  drop(name: string): Promise<void>;
}

export function createCollectionService({
  store,
  queue,
  clock,
}: CollectionServicePorts): CollectionService {
  return {
    async create(input) {
      const said = readCollectionInput(input);
      if (await answered(store.collection(said.name))) {
        throw new LlmpError('conflict', 'There is a collection of that name.', { retry: false });
      }
      // Its documents would be taken for those of the old one, and removed.
      const jobs = await answered(queue());
      if (await answered(jobs.status(dropJobId(said.name)))) {
        throw new LlmpError('conflict', 'A collection of that name is still being removed.');
      }
      const nowMs = clock.now();
      const { name, team, scrub, inject, citations } = said;
      const record: CollectionRecord = {
        name,
        createdAt: nowMs,
        // No revision of a collection that was there before is ever repeated.
        revision: nowMs,
        ...(team === undefined ? {} : { team }),
        scrub,
        inject,
        citations,
        passagesMax: said.passages_max,
        tokensMax: said.tokens_max,
        coverageMin: said.coverage_min,
        deadlineMs: said.deadline,
        onError: said.on_error,
      };
      // What a collection of that name may have left behind, when its removal was cut short.
      await answered(jobs.add(dropJob(name)));
      await answered(store.putCollection(record));
      return viewOf(record);
    },

    async list(input) {
      const { limit, ...from } = readPageInput(input);
      const found = await answered(store.listCollections({ ...from, limit: limit + 1 }));
      const data = found.slice(0, limit).map(viewOf);
      return { data, has_more: found.length > limit, last_id: data.at(-1)?.name ?? null };
    },

    show: async (name) => viewOf(await present(store, name)),

    async change(name, input) {
      const said = readCollectionChange(input);
      const { team: known, ...record } = await present(store, name);
      const team = said.team === undefined ? known : said.team;
      const changed: CollectionRecord = {
        ...record,
        ...(team === undefined || team === null ? {} : { team }),
        scrub: said.scrub ?? record.scrub,
        inject: said.inject ?? record.inject,
        citations: said.citations ?? record.citations,
        passagesMax: said.passages_max ?? record.passagesMax,
        tokensMax: said.tokens_max ?? record.tokensMax,
        coverageMin: said.coverage_min ?? record.coverageMin,
        deadlineMs: said.deadline ?? record.deadlineMs,
        onError: said.on_error ?? record.onError,
      };
      await answered(store.putCollection(changed));
      return viewOf(changed);
    },

    async drop(name) {
      await present(store, name);
      const jobs = await answered(queue());
      // From here on nothing of it is found any more.
      await answered(store.deleteCollection(name));
      await answered(jobs.add(dropJob(name)));
    },
  };
}

function dropJob(collection: string): NewJob {
  return { id: dropJobId(collection), data: { kind: 'drop', collection } };
}

/** The record of a collection; throws `not_found`. */
export async function present(
  store: Pick<Collections, 'collection'>,
  name: string,
): Promise<CollectionRecord> {
  const record = await answered(store.collection(name));
  if (!record) throw new LlmpError('not_found', 'There is no such collection.');
  return record;
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
    deadline_ms: record.deadlineMs,
    on_error: record.onError,
    created_at: new Date(record.createdAt).toISOString(),
  };
}
