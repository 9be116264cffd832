// Collections and their documents in Redis: a hash of collections, one of their revisions, and one of
// documents for each collection. Lists are small enough to be read whole and put in order here.

import type { Redis } from 'ioredis';
import type { Collections, NamePage } from '../retrieval/collections.ts';
import { readCollectionRecord, readDocumentRecord } from './collection-record.ts';

/** Writers that came first, in a row, before an update is given up. */
const CONFLICTS_MAX = 20;

/** KEYS: revisions, collections. ARGV: name. */
const TOUCH = `
  if redis.call('HEXISTS', KEYS[2], ARGV[1]) == 0 then return 0 end
  return redis.call('HINCRBY', KEYS[1], ARGV[1], 1)
`;

/** KEYS: documents. ARGV: id, as read, as changed. */
const UPDATE = `
  if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
  return 1
`;

export function createRedisCollections(redis: Redis, prefix: string): Collections {
  const collections = `${prefix}collections`;
  const revisions = `${prefix}collection-revisions`;
  const documentsOf = (collection: string) => `${prefix}documents:${collection}`;

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
    async dropCollection(name) {
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
        const words = [documentsOf(collection), id, before, JSON.stringify(changed)];
        if ((await redis.eval(UPDATE, 1, ...words)) === 1) return changed;
      }
      throw new Error('a document was changed by others again and again');
    },
    async dropDocument(collection, id) {
      await redis.hdel(documentsOf(collection), id);
    },
  };
}

function recordOf(text: string, revision: string | null | undefined) {
  return readCollectionRecord({ ...JSON.parse(text), revision: Number(revision ?? 0) });
}

function order(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}

/** In the order of their bytes, as the other store has them. */
function paged(names: readonly string[], { after = '', limit }: NamePage): string[] {
  return names
    .filter((name) => order(name, after) > 0)
    .toSorted(order)
    .slice(0, limit);
}
