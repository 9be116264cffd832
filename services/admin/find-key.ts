// Finds keys by id or name, and lists them in the order of their creation. The store has them by id, so
// all of them are read, one page at a time.

import { LlmpError } from '../../shared/errors.ts';
import { didYouMean } from '../../shared/runtime/nearest-name.ts';
import type { KeyRecord, Store } from '../../shared/store/store.ts';
import { keyStatusOf } from './key-status.ts';

type Keys = Pick<Store, 'listKeys' | 'keyById'>;

const PAGE_SIZE = 500;
/** Keys that a message names. */
const NAMED_MAX = 10;

/** Pages of all keys, by id. */
export async function* pagesOfKeys(store: Pick<Store, 'listKeys'>): AsyncGenerator<KeyRecord[]> {
  for (let after: string | undefined; ;) {
    const page = await store.listKeys({
      ...(after === undefined ? {} : { after }),
      limit: PAGE_SIZE,
    });
    if (page.length > 0) yield page;
    if (page.length < PAGE_SIZE) return;
    after = page.at(-1)?.id;
  }
}

/**
 * The oldest keys that match, at most `limit`.
 * @param after only keys created later, or at the same time with a greater id
 */
export async function oldestKeys(
  store: Pick<Store, 'listKeys'>,
  matches: (record: KeyRecord) => boolean,
  { after, limit }: { readonly after?: KeyRecord | undefined; readonly limit: number },
): Promise<KeyRecord[]> {
  let oldest: KeyRecord[] = [];
  for await (const page of pagesOfKeys(store)) {
    const found = page.filter(
      (record) => (after === undefined || byCreation(after, record) < 0) && matches(record),
    );
    if (found.length > 0) oldest = [...oldest, ...found].toSorted(byCreation).slice(0, limit);
  }
  return oldest;
}

/** The keys with this name, oldest first. */
export async function keysNamed(
  store: Pick<Store, 'listKeys'>,
  name: string,
): Promise<KeyRecord[]> {
  return await oldestKeys(store, (record) => record.name === name, { limit: PAGE_SIZE });
}

/**
 * The key with this id, or else with this name. Keys that are over count only where no other has the name.
 * @param isMeant which keys of the name may be meant
 * @throws `not_found`, and `invalid_request` where several keys have the name
 */
export async function findKey(
  store: Keys,
  idOrName: string,
  nowMs: number,
  isMeant: (record: KeyRecord) => boolean,
): Promise<KeyRecord> {
  const byId = await store.keyById(idOrName);
  if (byId) return byId;
  const named = await keysNamed(store, idOrName);
  const meant = named.filter(isMeant);
  const [record, ...others] = meant.length > 0 ? meant : named;
  if (!record) throw await noKey(store, idOrName);
  if (others.length === 0) return record;
  const listed = [record, ...others].map(({ id, ...rest }) => {
    return `${id} (${keyStatusOf({ id, ...rest }, nowMs)})`;
  });
  throw new LlmpError(
    'invalid_request',
    `id: ${listed.length} keys are named ${JSON.stringify(idOrName)}; use the id: ${some(listed)}`,
  );
}

async function noKey(store: Keys, idOrName: string): Promise<LlmpError> {
  if (idOrName.startsWith('llmp_')) {
    return new LlmpError('not_found', 'There is no such key; use its id or name, not its secret.');
  }
  const names = new Set<string>();
  for await (const page of pagesOfKeys(store)) for (const { name } of page) names.add(name);
  return new LlmpError('not_found', absence('key', idOrName, [...names]));
}

/** Whose rules and placeholders apply to a key, by its id or name. Ids of configured keys are not stored. */
export async function tenantOf(store: Keys, key: string): Promise<string> {
  const found = (await store.keyById(key)) ?? (await keysNamed(store, key)).at(-1);
  return found?.lineageId ?? found?.id ?? key;
}

/** `There is no key "lapto"; did you mean laptop?` */
export function absence(kind: string, name: string, known: readonly string[]): string {
  return `There is no ${kind} ${JSON.stringify(name)}${didYouMean(name, known) || '.'}`;
}

/** A list of names for a message. */
export function some(names: readonly string[]): string {
  const more = names.length - NAMED_MAX;
  const shown = names.slice(0, NAMED_MAX).join(', ');
  return more > 0 ? `${shown} and ${more} more` : shown;
}

function byCreation(one: KeyRecord, other: KeyRecord): number {
  return one.createdAt - other.createdAt || (one.id < other.id ? -1 : one.id > other.id ? 1 : 0);
}
