// What happens, by name: each business fact is one method that writes one log line. Parts never
// format log lines themselves, so what can reach a log is decided by the types on this page:
// ids, names, numbers and error facts; no prompt, no header, no credential.

import type { DependencyError } from './runtime/dependency-error.ts';
import type { ErrorCode } from './errors.ts';
import type { LedgerEntry, RequestOutcome } from './metering/ledger.ts';
import type { Log } from './log.ts';
import type { Annotations } from './annotations.ts';

export interface RequestFacts {
  readonly requestId: string;
  readonly method: string;
  /** The route's pattern, not the path: a path is the client's text. */
  readonly route: string;
  /** HTTP status sent; 0 when the client left before one was. */
  readonly status: number;
  readonly outcome: RequestOutcome;
  readonly tookMs: number;
  readonly keyId?: string;
  readonly model?: string;
  readonly stream?: boolean;
  readonly errorCode?: ErrorCode;
  /** Tries sent into the workers; above 1 the upstream may have been called more than once. */
  readonly attempts?: number;
  /** Milliseconds by worker. */
  readonly stages?: Readonly<Record<string, number>>;
  readonly firstByteMs?: number;
  /** Number of replacements in the request by entity; never what was replaced. */
  readonly scrubbed?: Readonly<Record<string, number>>;
  /** Base64 images and documents that went on unread. */
  readonly opaque?: number;
  /** What the upstream worker noted: tokens, stop reason, upstream status and time. */
  readonly annotations?: Annotations;
}

export interface Events {
  readonly requestFinished: (facts: RequestFacts) => void;
  /** A request goes into the workers again; its earlier try may already have cost something. */
  readonly requestRedispatched: (facts: {
    requestId: string;
    attempt: number;
    errorCode: ErrorCode;
  }) => void;
  /** Something broke inside the gateway. */
  readonly onError: (error: unknown, requestId?: string) => void;
  /** Somebody administered a key. */
  readonly keyChanged: (facts: {
    keyId: string;
    change: 'created' | 'changed' | 'revoked' | 'rotated';
  }) => void;
  /** Somebody administered the limits of a team. */
  readonly teamChanged: (facts: { team: string }) => void;
  /** Somebody administered a collection. */
  readonly collectionChanged: (facts: {
    collection: string;
    change: 'created' | 'changed' | 'dropped';
  }) => void;
  /** Somebody administered a document; its name is not said, as it may be a person's. */
  readonly documentChanged: (facts: {
    collection: string;
    document: string;
    change: 'sent' | 'removed' | 'indexed anew';
  }) => void;
  /** Documents were called ready that the index of this process does not hold; they have failed. */
  readonly documentsMissing: (facts: {
    collection: string;
    documents: number;
    index: string;
    remedy: string;
  }) => void;
  /** The store did not answer, so a request was admitted that no limit was applied to. */
  readonly unlimited: (facts: { requestId: string; keyId: string; error: unknown }) => void;
  /** What a request cost could not be written down in time, so that this line is all there is of it. */
  readonly settlementLost: (facts: { entry: LedgerEntry; error: unknown }) => void;
  /** So many of those at the end of this process, which waited for the store no longer. */
  readonly recordsLost: (facts: { records: number }) => void;
  /** Policies were replaced by what their files say now. */
  readonly policiesReplaced: (facts: { policies: readonly string[] }) => void;
  /** Files of policies changed into something that cannot be used; the old ones stay in force. */
  readonly policiesRejected: (facts: { reason: string }) => void;
  /** An upstream is left alone for a while (open), or is well again (closed). */
  readonly upstreamHealth: (facts: { upstream: string; state: string }) => void;
  readonly busConnection: (state: 'lost' | 'found', address: string) => void;
  /** At start: a server that is needed is not there yet, and is tried again. */
  readonly waiting: (error: DependencyError) => void;
  /** It is there now. */
  readonly found: (facts: { component: string; address: string; tookMs: number }) => void;
  readonly started: (facts: Readonly<Record<string, unknown>>) => void;
  readonly stopping: (facts: { reason: string }) => void;
  /** The process ends although this part of it has not. */
  readonly overdue: (facts: { waitedFor: string }) => void;
  readonly stopped: () => void;
}

export function createEvents(log: Log): Events {
  return {
    requestFinished: (facts) =>
      log[facts.outcome === 'failed' ? 'warn' : 'info'](facts, 'request finished'),
    requestRedispatched: (facts) => log.warn(facts, 'request dispatched again'),
    onError: (error, requestId) =>
      log.error({ err: error, ...(requestId === undefined ? {} : { requestId }) }, 'fault'),
    keyChanged: (facts) => log.info(facts, 'key changed'),
    teamChanged: (facts) => log.info(facts, 'team changed'),
    collectionChanged: (facts) => log.info(facts, 'collection changed'),
    documentChanged: (facts) => log.info(facts, 'document changed'),
    documentsMissing: (facts) => log.error(facts, 'documents are not in the index in use'),
    unlimited: ({ error, ...facts }) =>
      log.error({ err: error, ...facts }, 'request admitted without its limits'),
    settlementLost: ({ error, entry }) =>
      log.error({ err: error, entry }, 'request is missing from the ledger'),
    recordsLost: (facts) => log.error(facts, 'records of requests are missing from the ledger'),
    policiesReplaced: (facts) => log.info(facts, 'policies replaced'),
    policiesRejected: (facts) => log.error(facts, 'policies rejected'),
    upstreamHealth: (facts) =>
      log[facts.state === 'open' ? 'error' : 'warn'](facts, 'upstream changed'),
    busConnection: (state, address) => {
      const facts = { state, component: 'NATS', address };
      log[state === 'lost' ? 'error' : 'warn'](facts, 'bus connection changed');
    },
    waiting: ({ component, address, setting, code = 'no answer' }) =>
      log.warn(
        { component, address, setting, code },
        `waiting for ${component} at ${address} (${code})`,
      ),
    found: (facts) => log.warn(facts, `found ${facts.component} at ${facts.address}`),
    started: (facts) => log.info(facts, 'llmp started'),
    stopping: (facts) => log.info(facts, 'llmp stopping'),
    overdue: (facts) => log.fatal(facts, 'llmp did not stop in time'),
    stopped: () => log.info('llmp stopped'),
  };
}
