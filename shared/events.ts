// One method per business event; each writes one log line. These types decide what can reach the
// log: ids, names, numbers and error facts; never prompts, headers or credentials.

import type { DependencyError } from './runtime/dependency-error.ts';
import type { ErrorCode } from './errors.ts';
import type { LedgerEntry, RequestOutcome } from './metering/ledger.ts';
import type { Log } from './log.ts';
import type { Annotations } from './annotations.ts';

export interface AccessLogEntry {
  readonly requestId: string;
  readonly method: string;
  /** The route pattern; the path itself may contain client text. */
  readonly route: string;
  /** The feature of a request that went to the upstream as it came. */
  readonly passThrough?: string;
  /** HTTP status sent; 0 if the client disconnected before that. */
  readonly status: number;
  readonly outcome: RequestOutcome;
  readonly tookMs: number;
  readonly keyId?: string;
  readonly model?: string;
  readonly stream?: boolean;
  readonly errorCode?: ErrorCode;
  /** Dispatches to the workers; above 1 the upstream may have been called more than once. */
  readonly attempts?: number;
  /** Calls to upstreams that were permitted and whose outcome never arrived; their cost is estimated. */
  readonly unknownCalls?: number;
  /** Milliseconds by stage. */
  readonly stages?: Readonly<Record<string, number>>;
  readonly firstByteMs?: number;
  /** Number of replacements by entity; never the values. */
  readonly scrubbed?: Readonly<Record<string, number>>;
  /** Number of values by entity that the upstream uses and that passed, such as in URLs. */
  readonly unscrubbed?: Readonly<Record<string, number>>;
  /** Number of placeholders that stay in the response because they stand in a URL. */
  readonly unrestored?: number;
  /** Number of base64 images and documents that were not scanned. */
  readonly opaque?: number;
  /** From the upstream worker: tokens, stop reason, upstream status and time. */
  readonly annotations?: Annotations;
}

export interface Events {
  readonly requestFinished: (facts: AccessLogEntry) => void;
  /** A request was dispatched again; the earlier attempt may already have cost tokens. */
  readonly requestRedispatched: (facts: {
    requestId: string;
    attempt: number;
    errorCode: ErrorCode;
  }) => void;
  /** An unexpected error inside the gateway. */
  readonly onError: (error: unknown, requestId?: string) => void;
  /** A key changed through the admin API or CLI. */
  readonly keyChanged: (facts: {
    keyId: string;
    change: 'created' | 'changed' | 'revoked' | 'rotated';
  }) => void;
  /** The limits of a team changed. */
  readonly teamChanged: (facts: { team: string }) => void;
  readonly collectionChanged: (facts: {
    collection: string;
    change: 'created' | 'changed' | 'dropped';
  }) => void;
  /** Omits the document's name, which may be a person's. */
  readonly documentChanged: (facts: {
    collection: string;
    document: string;
    change: 'sent' | 'removed' | 'indexed anew';
  }) => void;
  /** Documents marked ready were missing from the index and are now marked failed. */
  readonly documentsMissing: (facts: {
    collection: string;
    documents: number;
    index: string;
    remedy: string;
  }) => void;
  /** The store did not respond, so a request was admitted without checking its limits. */
  readonly limitsSkipped: (facts: { requestId: string; keyId: string; error: unknown }) => void;
  /** The ingress has as many connections as it may; at most one line a second. */
  readonly connectionsRefused: (facts: { connectionsMax: number }) => void;
  /** A ledger entry could not be written; this log line is its only record. */
  readonly settlementLost: (facts: { entry: LedgerEntry; error: unknown }) => void;
  /** A ledger entry is only in the journal and in this log line, as the process ends before the store is back. */
  readonly settlementKept: (facts: { entry: LedgerEntry }) => void;
  /** Number of ledger entries left in the journal for the next start, as the store is down. */
  readonly recordsKept: (facts: { records: number }) => void;
  /** Ledger entries of an earlier process are booked now. */
  readonly recordsRecovered: (facts: { records: number }) => void;
  /** The settlement journal cannot be written, or one of its files not be read. */
  readonly journalFault: (error: unknown) => void;
  /** Lines of an earlier process's journal that cannot be read; the file is kept at `path`. */
  readonly journalDamaged: (facts: { path: string; lines: number }) => void;
  /** Number of ledger entries lost because the process stopped before the store recovered. */
  readonly recordsLost: (facts: { records: number }) => void;
  /** The policy files changed and are now in force. */
  readonly policiesReplaced: (facts: { policies: readonly string[] }) => void;
  /** The policy files changed but are invalid; the previous policies stay in force. */
  readonly policiesRejected: (facts: { reason: string }) => void;
  /** The circuit breaker of an upstream opened or closed. */
  readonly upstreamHealth: (facts: { upstream: string; state: string }) => void;
  /** The event loop of this worker was blocked for so long that the process ends; says where. */
  readonly workerHangs: (facts: {
    requestId?: string;
    blockedMs: number;
    stack: readonly string[];
  }) => void;
  /** A readiness probe found that the store changed; `error` says why it cannot be written. */
  readonly storeHealth: (facts: { state: string; error: unknown }) => void;
  readonly busConnection: (state: 'lost' | 'found', address: string) => void;
  /** At startup: a required server cannot be reached yet and is retried. */
  readonly dependencyMissing: (error: DependencyError) => void;
  /** A server that was waited for can be reached now. */
  readonly dependencyReady: (facts: { component: string; address: string; tookMs: number }) => void;
  /** Requests of these features go to the upstream as they come. */
  readonly passThroughOn: (facts: { features: readonly string[] }) => void;
  readonly started: (facts: Readonly<Record<string, unknown>>) => void;
  readonly stopping: (facts: { reason: string }) => void;
  /** The process exits although this component has not stopped. */
  readonly stopTimedOut: (facts: { waitedFor: string }) => void;
  readonly stopped: () => void;
}

export function createEvents(log: Log): Events {
  return {
    requestFinished: (facts) =>
      log[facts.outcome === 'failed' ? 'warn' : 'info'](facts, 'request finished'),
    requestRedispatched: (facts) => log.warn(facts, 'request dispatched again'),
    onError: (error, requestId) =>
      log.error(
        { err: error, ...(requestId === undefined ? {} : { requestId }) },
        'internal error',
      ),
    keyChanged: (facts) => log.info(facts, 'key changed'),
    teamChanged: (facts) => log.info(facts, 'team changed'),
    collectionChanged: (facts) => log.info(facts, 'collection changed'),
    documentChanged: (facts) => log.info(facts, 'document changed'),
    documentsMissing: (facts) => log.error(facts, 'documents missing from the index'),
    limitsSkipped: ({ error, ...facts }) =>
      log.error({ err: error, ...facts }, 'request admitted without limit checks'),
    connectionsRefused: (facts) => log.error(facts, 'connections refused'),
    settlementLost: ({ error, entry }) => log.error({ err: error, entry }, 'ledger entry lost'),
    settlementKept: (facts) => log.warn(facts, 'ledger entry kept'),
    recordsKept: (facts) => log.warn(facts, 'ledger entries kept for the next start'),
    recordsRecovered: (facts) => log.warn(facts, 'ledger entries recovered'),
    journalFault: (error) => log.error({ err: error }, 'settlement journal unavailable'),
    journalDamaged: (facts) => log.error(facts, 'settlement journal damaged'),
    recordsLost: (facts) => log.error(facts, 'ledger entries lost'),
    policiesReplaced: (facts) => log.info(facts, 'policies replaced'),
    policiesRejected: (facts) => log.error(facts, 'policies rejected'),
    workerHangs: (facts) => log.fatal(facts, 'worker hangs and ends itself'),
    upstreamHealth: (facts) =>
      log[facts.state === 'open' ? 'error' : 'warn'](facts, 'upstream health changed'),
    storeHealth: ({ state, error }) =>
      log[state === 'the store responds' ? 'warn' : 'error'](
        { state, ...(error === undefined ? {} : { err: error }) },
        'store health changed',
      ),
    busConnection: (state, address) => {
      const facts = { state, component: 'NATS', address };
      log[state === 'lost' ? 'error' : 'warn'](facts, 'bus connection changed');
    },
    dependencyMissing: ({ component, address, setting, code = 'no response' }) =>
      log.warn(
        { component, address, setting, code },
        `waiting for ${component} at ${address} (${code})`,
      ),
    dependencyReady: (facts) =>
      log.warn(facts, `connected to ${facts.component} at ${facts.address}`),
    passThroughOn: (facts) =>
      log.warn(facts, 'requests of LLMP_PASS_THROUGH are not scrubbed, checked, priced or cached'),
    started: (facts) => log.info(facts, 'llmp started'),
    stopping: (facts) => log.info(facts, 'llmp stopping'),
    stopTimedOut: (facts) => log.fatal(facts, 'llmp did not stop in time'),
    stopped: () => log.info('llmp stopped'),
  };
}
