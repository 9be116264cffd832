// Who is asking. Clients disagree on the header (SDK 1.x sends its API key as Bearer, older ones as
// x-api-key, Claude Code sends both when both are configured), so both are read, by one rule.

import { LlmpError } from '../../shared/errors.ts';
import { headerOf } from '../../shared/header-pairs.ts';
import { hashKey, parseKey } from '../../shared/keys.ts';
import type { Store } from '../../shared/store/store.ts';

export interface AuthPorts {
  readonly store: Pick<Store, 'keyByHash'>;
  /** Keys accepted beside those of the store, from configuration. */
  readonly configuredKeys: readonly string[];
}

export interface Caller {
  /** Public part of the key. */
  readonly keyId: string;
  /** The key itself, so that it can be kept out of what is sent on. */
  readonly secret: string;
}

export type Authenticate = (rawHeaders: readonly string[]) => Promise<Caller>;

/**
 * Precedence: of `x-api-key` and `authorization: Bearer`, in this order, the first that has the
 * form of an llmp key counts; a provider key in the other header is ignored and never forwarded.
 * Rejects with `key_rejected`, or `store_down` when that cannot be told.
 */
export function createAuth({ store, configuredKeys }: AuthPorts): Authenticate {
  const idByConfiguredHash = new Map(
    configuredKeys.map((key) => [hashKey(key), parseKey(key)?.id ?? '']),
  );

  return async (rawHeaders) => {
    const presented = [headerOf(rawHeaders, 'x-api-key'), bearerOf(rawHeaders)];
    const given = presented.filter((secret) => secret !== undefined);
    if (given.length === 0) {
      throw new LlmpError(
        'key_rejected',
        'An llmp key is required, in x-api-key or as Authorization: Bearer.',
      );
    }
    const secret = given.find((text) => parseKey(text) !== null);
    if (secret === undefined) throw new LlmpError('key_rejected');
    const hash = hashKey(secret);
    const keyId = idByConfiguredHash.get(hash) ?? (await storedKeyId(store, hash));
    if (keyId === undefined) throw new LlmpError('key_rejected');
    return { keyId, secret };
  };
}

async function storedKeyId(store: AuthPorts['store'], hash: string): Promise<string | undefined> {
  try {
    return (await store.keyByHash(hash))?.id;
  } catch (cause) {
    throw new LlmpError('store_down', undefined, { cause });
  }
}

function bearerOf(rawHeaders: readonly string[]): string | undefined {
  const match = /^bearer +(\S+) *$/i.exec(headerOf(rawHeaders, 'authorization') ?? '');
  return match?.[1];
}
