// The services of a gateway that runs somewhere else.

import type { ScrubPreview } from '../../../shared/privacy/preview.ts';
import type { Admin } from './admin.ts';
import { askAdmin, type AdminRequest, type Gateway } from './admin-client.ts';

export function createRemoteAdmin(gateway: Gateway): Admin {
  /** The HTTP API has the shapes of the services. */
  const ask = async <Answer>(path: string, request?: AdminRequest): Promise<Answer> =>
    (await askAdmin(gateway, path, request)).json as Answer;
  const get = <Answer>(path: string, query?: unknown) => ask<Answer>(path, { query });
  const post = <Answer>(path: string, body?: unknown) =>
    ask<Answer>(path, { method: 'POST', ...(body === undefined ? {} : { body }) });
  const drop = <Answer>(path: string, query?: unknown) =>
    ask<Answer>(path, { method: 'DELETE', query });

  return {
    store: undefined,
    keys: {
      create: (input) => post('keys', input),
      list: (input) => get('keys', input),
      show: (key) => get(at('keys', key)),
      change: (id, input) => post(at('keys', id), input),
      revoke: (id) => post(at('keys', id, 'revoke')),
      rotate: (id, input) => post(at('keys', id, 'rotate'), input),
    },
    teams: {
      list: (input) => get('teams', input),
      show: (team) => get(at('teams', team)),
      change: (team, input) => post(at('teams', team), input),
    },
    usage: {
      usage: (input) => get('usage', input),
      entries: (input) => get('ledger', input),
    },
    collections: {
      create: (input) => post('collections', input),
      list: (input) => get('collections', input),
      show: (name) => get(at('collections', name)),
      change: (name, input) => post(at('collections', name), input),
      drop: (name, input) => drop(at('collections', name), input),
    },
    documents: {
      async put(collection, name, bytes) {
        const path = documents(collection);
        const { status, json } = await askAdmin(gateway, path, {
          method: 'POST',
          query: { name },
          body: bytes,
        });
        const view = json as Awaited<ReturnType<Admin['documents']['show']>>;
        return { view, isNew: status === 202 };
      },
      list: (collection, input) => get(documents(collection), input),
      show: (collection, id) => get(documents(collection, id)),
      remove: (collection, id) => drop(documents(collection, id)),
      reindex: (collection, id) => post(documents(collection, id, 'index')),
      reindexAll: (collection) => post(at('collections', collection, 'index')),
      failed: async () =>
        (await get<{ data: Awaited<ReturnType<Admin['documents']['failed']>> }>('documents/failed'))
          .data,
    },
    previewScrub: (text, key, signal) =>
      ask<ScrubPreview>('scrub', { method: 'POST', body: { text, key }, signal }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function at(...parts: string[]): string {
  return parts.map(encodeURIComponent).join('/');
}

function documents(collection: string, ...rest: string[]): string {
  return at('collections', collection, 'documents', ...rest);
}
