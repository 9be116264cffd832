// Refuses names of policies, collections and keys that do not exist, with the nearest one that does.

import { LlmpError } from '../../shared/errors.ts';
import { didYouMean } from '../../shared/runtime/nearest-name.ts';
import { parseKey } from '../../shared/keys.ts';
import type { Store } from '../../shared/store/store.ts';
import { pagesOfKeys, some } from './find-key.ts';

/** Names of the policies in force; undefined where this process cannot see them. */
export type PolicyNames = () => Promise<readonly string[] | undefined>;

const COLLECTIONS_MAX = 1_000;

/** @throws `invalid_request` for an unknown policy */
export async function checkPolicy(
  policyNames: PolicyNames,
  name: string | null | undefined,
): Promise<void> {
  if (name === null || name === undefined) return;
  const known = await policyNames();
  if (known === undefined || known.includes(name)) return;
  throw new LlmpError('invalid_request', `policy: ${absent('policy', name, known)}`);
}

/**
 * Each collection must exist and belong to no team or to the key's team.
 * @throws `invalid_request` with the issue of each
 */
export async function checkCollections(
  store: Pick<Store, 'collection' | 'listCollections'>,
  names: readonly string[],
  team: string | undefined,
): Promise<void> {
  const issues: string[] = [];
  for (const name of names) {
    const record = await store.collection(name);
    if (!record) {
      const known = (await store.listCollections({ limit: COLLECTIONS_MAX })).map(
        (one) => one.name,
      );
      issues.push(`collections: ${absent('collection', name, known)}`);
    } else if (record.team !== undefined && record.team !== team) {
      issues.push(`collections: ${name} belongs to another team`);
    }
  }
  if (issues.length > 0) throw new LlmpError('invalid_request', issues.join('; '));
}

/**
 * @param configuredKeys whole keys, which are not in the store
 * @param key an id or a name
 * @throws `invalid_request` where no key has it
 */
export async function checkKey(
  store: Pick<Store, 'listKeys' | 'keyById'>,
  configuredKeys: readonly string[],
  key: string,
): Promise<void> {
  if (await store.keyById(key)) return;
  const known = new Set(configuredKeys.map((each) => parseKey(each)?.id ?? ''));
  for await (const page of pagesOfKeys(store)) for (const { name } of page) known.add(name);
  if (known.has(key)) return;
  if (key.startsWith('llmp_')) {
    throw new LlmpError('invalid_request', 'key: must be the id or name of a key, not its secret');
  }
  throw new LlmpError('invalid_request', `key: ${absent('key', key, [...known])}`);
}

function absent(kind: string, name: string, known: readonly string[]): string {
  const nearest = didYouMean(name, known);
  const list = known.length > 0 ? ` (there are ${some(known)})` : '';
  return `there is no ${kind} ${JSON.stringify(name)}${nearest === '' ? list : nearest}`;
}
