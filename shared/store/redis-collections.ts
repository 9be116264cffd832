// Collections and documents in Redis: a hash of collections, a hash of their revisions, and a hash of
// documents per collection. Lists are small enough to read completely and sort here.

import type { Collections, NamePage } from '../retrieval/collections.ts';
import { readCollectionRecord, readDocumentRecord } from './collection-record.ts';
import type { RedisClient } from './redis-connection.ts';
import { collectionNames } from './redis-keys.ts';

/** Consecutive write conflicts after which an update fails. */
const CONFLICTS_MAX = 20;

/** KEYS: revisions, collections. ARGV: name. */
const TOUCH = `
  if redis.call('HEXISTS', KEYS[2], ARGV[1]) == 0 then return 0 end
  return redis.call('HINCRBY', KEYS[1], ARGV[1], 1)
`;

/** Compare and set. KEYS: documents. ARGV: id, record as read, changed record. */
const UPDATE = `
  if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
  return 1
`;

export function createRedisCollections(redis: RedisClient): Collections {
  const { records: collections, revisions, documents: documentsOf } = collectionNames;

  return {
    async collection(name) {
      const text = await redis.hget(collections, name);
      return text === null ? undefined : recordOf(text, await redis.hget(revisions, name));
    },
    async listCollections(page) {
      const names = paged(await redis.hkeys(collections), page);
      if (names.length === 0) return [];
      const texts = await redis.hmget(collections, ...names);
      const counts = await redis.hmget(revisions, ...names);
      return texts.flatMap((text, at) => (text === null ? [] : recordOf(text, counts[at])));
    },
    async putCollection({ revision, ...record }) {
      await redis
        .multi()
        .hset(collections, record.name, JSON.stringify(record))
        .hsetnx(revisions, record.name, String(revision))
        .exec();
    },
    async touchCollection(name) {
      await redis.eval(TOUCH, 2, revisions, collections, name);
    },
    async deleteCollection(name) {
      await redis
        .multi()
        .hdel(collections, name)
        .hdel(revisions, name)
        .del(documentsOf(name))
        .exec();
    },
    async document(collection, id) {
      const text = await redis.hget(documentsOf(collection), id);
      return text === null ? undefined : readDocumentRecord(JSON.parse(text));
    },
    async listDocuments(collection, page) {
      const ids = paged(await redis.hkeys(documentsOf(collection)), page);
      if (ids.length === 0) return [];
      const texts = await redis.hmget(documentsOf(collection), ...ids);
      return texts.flatMap((text) => (text === null ? [] : readDocumentRecord(JSON.parse(text))));
    },
    async putDocument(record) {
      await redis.hset(documentsOf(record.collection), record.id, JSON.stringify(record));
    },
    async updateDocument(collection, id, change) {
      for (let conflicts = 0; conflicts < CONFLICTS_MAX; conflicts++) {
        const before = await redis.hget(documentsOf(collection), id);
        if (before === null) return undefined;
        const changed = change(readDocumentRecord(JSON.parse(before)));
        const args = [documentsOf(collection), id, before, JSON.stringify(changed)];
        if ((await redis.eval(UPDATE, 1, ...args)) === 1) return changed;
      }
      throw new Error('other processes kept changing the document at the same time');
    },
    async deleteDocument(collection, id) {
      await redis.hdel(documentsOf(collection), id);
    },
  };
}

function recordOf(text: string, revision: string | null | undefined) {
  return readCollectionRecord({ ...JSON.parse(text), revision: Number(revision ?? 0) });
}

function compareBytes(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}

/** In byte order, like the embedded store. */
function paged(names: readonly string[], { after = '', limit }: NamePage): string[] {
  return names
    .filter((name) => compareBytes(name, after) > 0)
    .toSorted(compareBytes)
    .slice(0, limit);
}
