// The names of all Redis keys. In a cluster, the text in braces decides which server has a key; keys that
// one command or script names together have the same. The queue's keys begin with `{llmp}:queue:`.

import { hash } from 'node:crypto';

/**
 * Limits, budgets and ledger are spread over this many places. More of them spread the load of more
 * servers; reading a day of the ledger asks each.
 */
const PARTITIONS = 32;

const tagOf = (partition: number) => `llmp:{${partition}}:`;

/** Prefixes of all partitions. */
export const PARTITION_PREFIXES: readonly string[] = Array.from({ length: PARTITIONS }, (_, at) =>
  tagOf(at),
);

/**
 * Prefix of the quotas and ledger entries of an owner. The keys of a team have the same owner, so that a
 * reservation from a key and its team is one step.
 */
export function ownerPrefix(owner: string): string {
  return tagOf(Buffer.from(hash('sha256', `owner ${owner}`), 'hex').readUInt32BE() % PARTITIONS);
}

/** Key records have one place: they are few, often cached, and changed together. */
export const keyNames = {
  hashes: 'llmp:{keys}:hashes',
  ids: 'llmp:{keys}:ids',
  record: (keyHash: string) => `llmp:{keys}:record:${keyHash}`,
};

/** Written by readiness probes. */
export const PROBE_KEY = 'llmp:probe';

/** Names of teams whose limits were set. */
export const TEAMS_KEY = 'llmp:teams';

export const teamKey = (name: string) => `llmp:team:${name}`;

/** Deleting a collection deletes its documents in the same step. */
export const collectionNames = {
  records: 'llmp:{collections}:records',
  revisions: 'llmp:{collections}:revisions',
  documents: (collection: string) => `llmp:{collections}:documents:${collection}`,
};

export const augmentationKey = (key: string) => `llmp:augmentation:${key}`;
export const responseKey = (key: string) => `llmp:response:${key}`;

/** BullMQ puts it in front of all its keys. */
export const QUEUE_PREFIX = '{llmp}';
