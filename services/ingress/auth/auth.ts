// Authenticates clients. They disagree on the header: SDK 1.x sends its API key as Bearer, older ones
// as `x-api-key`, and Claude Code sends both if both are configured.

import type { Clock } from '../../../shared/runtime/clock.ts';
import { LlmpError } from '../../../shared/errors.ts';
import { headerOf } from '../../../shared/runtime/raw-headers.ts';
import { hashKey, parseKey } from '../../../shared/keys.ts';
import type { QuotaLimits } from '../../../shared/metering/quotas.ts';
import type { KeyRecord, Store } from '../../../shared/store/store.ts';
import { keyStatusOf } from '../../admin/key-status.ts';
import type { FailureThrottle } from './failure-throttle.ts';

export interface AuthPorts {
  readonly store: Pick<Store, 'keyByHash'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly throttle: FailureThrottle;
  /** Keys from the configuration, accepted besides those in the store. */
  readonly configuredKeys: readonly string[];
}

export interface Caller {
  /** The public part of the key. */
  readonly keyId: string;
  /** Owner of placeholders and rules: the first key of the lineage, which rotation keeps. */
  readonly tenant: string;
  /** The key itself, to keep it out of forwarded headers. */
  readonly secret: string;
  /** Models the key may use; absent allows all. */
  readonly models?: readonly string[];
  readonly team?: string;
  /** How long its responses may be cached; absent disables the cache. */
  readonly cacheMs?: number;
  /** Content policy; absent selects the default. */
  readonly policy?: string;
  /** Collections to search for its requests; absent means none. */
  readonly collections?: readonly string[];
  /** Limits of the key's lineage; absent means unlimited. */
  readonly limits?: QuotaLimits;
}

/** @param address the client's IP address */
export type Authenticate = (rawHeaders: readonly string[], address: string) => Promise<Caller>;

/**
 * Uses the first of `x-api-key` and `authorization: Bearer` that has the form of an llmp key and ignores
 * the other one. Looks keys up by SHA-256, so the time of a lookup reveals nothing about a key.
 * @throws `invalid_api_key`, `too_many_auth_failures`, or `store_down` if the store fails
 */
export function createAuth(ports: AuthPorts): Authenticate {
  const { store, clock, throttle, configuredKeys } = ports;
  const idByConfiguredHash = new Map(
    configuredKeys.map((key) => [hashKey(key), parseKey(key)?.id ?? '']),
  );

  return async (rawHeaders, address) => {
    const presented = presentedSecrets(rawHeaders);
    if (presented.length === 0) {
      throw new LlmpError(
        'invalid_api_key',
        'An llmp key is required, in x-api-key or as Authorization: Bearer.',
      );
    }
    const secret = presented.find((text) => parseKey(text) !== null);
    const hash = secret === undefined ? '' : hashKey(secret);
    const configuredId = idByConfiguredHash.get(hash);
    const record =
      configuredId === undefined && secret !== undefined
        ? await throttle.lookUp(address, hash, () => storedKey(store, hash))
        : undefined;
    const keyId = configuredId ?? record?.id;
    if (secret === undefined || keyId === undefined) {
      throw throttle.rejected(address, new LlmpError('invalid_api_key'));
    }
    // A revoked or expired key is not a guess, so it does not count against the address.
    const status = record ? keyStatusOf(record, clock.now()) : 'active';
    if (status === 'revoked') throw new LlmpError('invalid_api_key', 'The API key was revoked.');
    if (status === 'expired') throw new LlmpError('invalid_api_key', 'The API key has expired.');
    throttle.accepted(hash);
    const tenant = record?.lineageId ?? keyId;
    const { models, team, policy, cacheMs, collections, limits } = record ?? {};
    return {
      keyId,
      tenant,
      secret,
      ...(models ? { models } : {}),
      ...(team === undefined ? {} : { team }),
      ...(policy === undefined ? {} : { policy }),
      ...(cacheMs === undefined ? {} : { cacheMs }),
      ...(collections ? { collections } : {}),
      ...(limits ? { limits } : {}),
    };
  };
}

async function storedKey(store: AuthPorts['store'], hash: string): Promise<KeyRecord | undefined> {
  try {
    return await store.keyByHash(hash);
  } catch (cause) {
    throw new LlmpError('store_down', undefined, { cause });
  }
}

/** The credentials of a request, in order of precedence. */
export function presentedSecrets(rawHeaders: readonly string[]): string[] {
  const presented = [headerOf(rawHeaders, 'x-api-key'), bearerOf(rawHeaders)];
  return presented.filter((secret) => secret !== undefined);
}

function bearerOf(rawHeaders: readonly string[]): string | undefined {
  const match = /^bearer +(\S+) *$/i.exec(headerOf(rawHeaders, 'authorization') ?? '');
  return match?.[1];
}
