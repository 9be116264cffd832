import { limits, type Limits } from '../../shared/limits.ts';
import type { Settings } from './settings.ts';

/** The built-in limits with those that settings change. */
export function limitsOf(settings: Settings): Limits {
  return {
    ...limits,
    http: {
      ...limits.http,
      bodyBytesMax: settings.LLMP_BODY_BYTES_MAX,
      bodyBytesInFlightMax: settings.LLMP_BODY_BYTES_IN_FLIGHT_MAX,
      pingMs: settings.LLMP_PING_MS,
    },
    auth: { ...limits.auth, keyStaleMs: settings.LLMP_KEY_STALE_MS },
    upstream: {
      ...limits.upstream,
      headersTimeoutMs: settings.LLMP_UPSTREAM_HEADERS_TIMEOUT_MS,
      idleMs: settings.LLMP_UPSTREAM_IDLE_MS,
    },
    store: {
      ...limits.store,
      ledger: { ...limits.store.ledger, entryDays: settings.LLMP_LEDGER_DAYS },
    },
    process: {
      ...limits.process,
      startWaitMs: settings.LLMP_START_WAIT_MS,
      lameDuckMs: settings.LLMP_LAME_DUCK_MS,
      drainMs: settings.LLMP_DRAIN_MS,
    },
  };
}
