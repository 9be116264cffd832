// Who is asking. Clients disagree on the header (SDK 1.x sends its API key as Bearer, older ones as
// x-api-key, Claude Code sends both when both are configured), so both are read, by one rule.

import type { Clock } from '../../../shared/runtime/clock.ts';
import { LlmpError } from '../../../shared/errors.ts';
import { headerOf } from '../../../shared/runtime/raw-headers.ts';
import { hashKey, parseKey } from '../../../shared/keys.ts';
import type { QuotaLimits } from '../../../shared/metering/quotas.ts';
import type { KeyRecord, Store } from '../../../shared/store/store.ts';
import { keyStatusOf } from '../../admin/key-status.ts';
import type { RejectThrottle } from './failure-throttle.ts';

export interface AuthPorts {
  readonly store: Pick<Store, 'keyByHash'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly throttle: RejectThrottle;
  /** Keys accepted beside those of the store, from configuration. */
  readonly configuredKeys: readonly string[];
}

export interface Caller {
  /** Public part of the key. */
  readonly keyId: string;
  /** Whose placeholders and rules these are: the first key of the line this one was rotated from. */
  readonly tenant: string;
  /** The key itself, so that it can be kept out of what is sent on. */
  readonly secret: string;
  /** The only models the key may ask for; absent allows all. */
  readonly models?: readonly string[];
  readonly team?: string;
  /** How long its answers may be given again; absent: never. */
  readonly cacheMs?: number;
  /** Its content policy; absent means the default one. */
  readonly policy?: string;
  /** Collections its requests are answered from; absent: none. */
  readonly collections?: readonly string[];
  /** What the key's line may use; absent bounds nothing. */
  readonly limits?: QuotaLimits;
}

/** `address` is where the connection comes from. */
export type Authenticate = (rawHeaders: readonly string[], address: string) => Promise<Caller>;

/**
 * Precedence: of `x-api-key` and `authorization: Bearer`, in this order, the first that has the
 * form of an llmp key counts; a provider key in the other header is ignored and never forwarded.
 * Rejects with `invalid_api_key` or `too_many_auth_failures`, or `store_down` when that cannot be told.
 *
 * Keys are found by their SHA-256, so how long a look-up takes depends on the hash alone: a guess
 * learns nothing from it of any key, and no comparison of secrets is left to be timed.
 */
export function createAuth(ports: AuthPorts): Authenticate {
  const { store, clock, throttle, configuredKeys } = ports;
  const idByConfiguredHash = new Map(
    configuredKeys.map((key) => [hashKey(key), parseKey(key)?.id ?? '']),
  );

  return async (rawHeaders, address) => {
    const given = presentedSecrets(rawHeaders);
    if (given.length === 0) {
      throw new LlmpError(
        'invalid_api_key',
        'An llmp key is required, in x-api-key or as Authorization: Bearer.',
      );
    }
    const secret = given.find((text) => parseKey(text) !== null);
    const hash = secret === undefined ? '' : hashKey(secret);
    throttle.admit(address, hash);
    const configuredId = idByConfiguredHash.get(hash);
    const record =
      configuredId === undefined && secret !== undefined ? await storedKey(store, hash) : undefined;
    const keyId = configuredId ?? record?.id;
    if (secret === undefined || keyId === undefined) {
      throttle.rejected(address);
      throw new LlmpError('invalid_api_key');
    }
    // A key that is no longer accepted is no guess, so it does not count against its address.
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

/** The credentials a request carries, in the order in which they count. */
export function presentedSecrets(rawHeaders: readonly string[]): string[] {
  const presented = [headerOf(rawHeaders, 'x-api-key'), bearerOf(rawHeaders)];
  return presented.filter((secret) => secret !== undefined);
}

function bearerOf(rawHeaders: readonly string[]): string | undefined {
  const match = /^bearer +(\S+) *$/i.exec(headerOf(rawHeaders, 'authorization') ?? '');
  return match?.[1];
}
