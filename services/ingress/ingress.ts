// The HTTP server. Authenticates before a body is read, gives every request an id and exactly one log
// line, and sends every error in Anthropic's format, those of fastify and of Node's parser included.

import type { Bus } from '../../shared/bus/bus.ts';
import type { Clock } from '../../shared/runtime/clock.ts';
import { listenError } from '../../shared/runtime/dependency-error.ts';
import { LlmpError } from '../../shared/errors.ts';
import { pairsOf } from '../../shared/runtime/raw-headers.ts';
import type { Events } from '../../shared/events.ts';
import { createStaleCache } from '../../shared/runtime/stale-cache.ts';
import type { Limits } from '../../shared/limits.ts';
import type { PriceTable } from '../../shared/metering/prices.ts';
import type { SettlementJournal } from '../../shared/metering/settlement-journal.ts';
import type { PreviewScrub } from '../../shared/privacy/preview.ts';
import type { PassThrough } from '../../shared/protocol/pass-through.ts';
import type { Queue } from '../../shared/queue/queue.ts';
import type { Store } from '../../shared/store/store.ts';
import type { PolicyNames } from '../admin/known-names.ts';
import { createAdmission } from './admission/admission.ts';
import type { BodyBudget } from './admission/body-budget.ts';
import { buildApp } from './app.ts';
import { createAdminAuth } from './auth/admin-auth.ts';
import { createAuth, type Caller } from './auth/auth.ts';
import { createSettlementWriter } from './admission/settlement-writer.ts';
import { createOnResponse } from './on-response.ts';
import { InFlightRequests } from './dispatch/in-flight-requests.ts';
import { createCors } from './response/cors.ts';
import { writeFailure } from './response/unreadable.ts';
import { createFailureThrottle } from './auth/failure-throttle.ts';
import { createRelay } from './relay.ts';
import { networkOf } from './request/client-address.ts';
import { checkHttp, expectsContinue } from './request/http-message.ts';
import { createBodyReceiver } from './request/receive-body.ts';
import type { RequestState } from './request-state.ts';
import { adminRoutes } from './routes/admin.ts';
import { countTokensRoute } from './routes/count-tokens.ts';
import { healthRoute } from './routes/health.ts';
import { knownPaths } from './routes/known-paths.ts';
import { messagesRoute } from './routes/messages.ts';
import { passThroughRoutes } from './routes/pass-through.ts';
import { unknownPathError } from './routes/unserved.ts';
import { modelsRoute } from './routes/models.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route needs no key. */
    isPublic?: boolean;
    /** The route needs the admin token in place of a key. */
    isAdmin?: boolean;
    /** Requests take concurrency leases, before their body is read. */
    isLeased?: boolean;
    /** The feature of a route whose requests pass as they come. */
    passThrough?: PassThrough;
  }
  interface FastifyRequest {
    /** Set by authentication, on every route that needs a key. */
    caller: Caller;
    state: RequestState;
    /** Raw pairs for its response. */
    corsHeaders: readonly string[];
  }
}

export type IngressLimits = Pick<
  Limits,
  'eventLoop' | 'json' | 'http' | 'auth' | 'admission' | 'pipeline' | 'process' | 'documents'
>;

export interface IngressOptions {
  readonly bus: Bus;
  readonly store: Store;
  /** Closed by the caller, after the drain. */
  readonly journal: SettlementJournal;
  /** For document jobs; opened by the first one. */
  readonly queue: () => Promise<Queue>;
  readonly clock: Clock;
  readonly limits: IngressLimits;
  readonly events: Events;
  readonly bodyBudget: BodyBudget;
  /** Whether the scrubber is in this process, which parses the whole body. */
  readonly hasLocalScrubber: boolean;
  readonly host: string;
  readonly port: number;
  /** Addresses, or a number of hops, whose x-forwarded-for is trusted; null trusts nobody. */
  readonly trustedProxies: readonly string[] | number | null;
  readonly configuredKeys: readonly string[];
  /** Origins whose pages may call the API from a browser; `*` allows all. */
  readonly corsOrigins: readonly string[];
  /** Names of the policies that keys may have. */
  readonly policyNames: PolicyNames;
  /** Shows operators what the scrubber does; absent in a process without one. */
  readonly previewScrub?: PreviewScrub | undefined;
  /** null disables the admin API. */
  readonly adminToken: string | null;
  readonly modelIds: readonly string[];
  /** Features whose requests go to the upstream as they come. */
  readonly passThrough: readonly PassThrough[];
  readonly prices: PriceTable;
  /** Whether requests are admitted while the store cannot be asked about limits. */
  readonly onStoreError: 'open' | 'closed';
}

export interface Ingress {
  /** Base URL of the server. */
  readonly url: string;
  /** Makes readiness probes fail, before a drain. */
  reportNotReady(): void;
  /** Rejects new requests, waits for running ones until `signal` aborts, then ends them. */
  drain(signal: AbortSignal): Promise<void>;
}

/** @throws `DependencyError` when the server cannot listen */
export async function startIngress(options: IngressOptions): Promise<Ingress> {
  const { bus, store, clock, limits, events } = options;
  const inFlightRequests = await InFlightRequests.start({
    ...options,
    limits: limits.pipeline,
  });
  let isShuttingDown = false;
  let isDraining = false;
  const throttle = createFailureThrottle({ clock, limits: limits.auth });
  const cors = createCors(options.corsOrigins);
  const app = buildApp({ ...options, limits: limits.http, cors });
  const knownPath = knownPaths(app);
  const { adminToken, configuredKeys } = options;
  let keyFoundMs = -Infinity;
  const knowsKeys = () =>
    configuredKeys.length > 0 || clock.monotonic() < keyFoundMs + limits.auth.keyStaleMs;
  const findKey = async (hash: string) => {
    const startedMs = clock.monotonic();
    const record = await store.keyByHash(hash);
    if (record) keyFoundMs = startedMs;
    return record;
  };
  const keyByHash = createStaleCache(findKey, {
    clock,
    freshMs: limits.auth.keyFreshMs,
    absentMs: limits.auth.keyAbsentMs,
    staleMs: limits.auth.keyStaleMs,
    entriesMax: limits.auth.keysCachedMax,
  });
  const teamLimits = createStaleCache((team) => store.teamLimits(team), {
    clock,
    freshMs: limits.auth.keyFreshMs,
    absentMs: limits.auth.keyFreshMs,
    staleMs: limits.auth.keyStaleMs,
    entriesMax: limits.auth.teamsCachedMax,
  });
  const settlementWriter = createSettlementWriter({
    ...options,
    limits: { ...limits.admission, finalFlushMs: limits.process.finalFlushMs },
    quotas: store,
  });
  const admission = createAdmission({
    ...options,
    limits: limits.admission,
    settlementWriter,
    quotas: store,
    teamLimits,
  });
  const onResponse = createOnResponse({ ...options, limits: limits.process, settlementWriter });
  const authenticate = createAuth({ store: { keyByHash }, clock, throttle, configuredKeys });
  const authenticateAdmin = adminToken === null ? undefined : createAdminAuth(adminToken, throttle);

  app.addHook('onRequest', async (request, reply) => {
    request.state = { startedMs: clock.monotonic() };
    reply.header('request-id', request.id);
    reply.raw.once('close', () => {
      request.state.bodyReservation?.release();
      request.state.isOver = true;
      // A client could keep its connection open for longer than the drain may take.
      if (isDraining) app.server.closeIdleConnections();
      // Probes are frequent and are not logged.
      if (request.routeOptions.config.isPublic === true) return;
      onResponse.handle(request, reply);
    });
    const { rawHeaders } = request.raw;
    const known = request.is404 ? knownPath(request.url) : undefined;
    // Web pages may not call the admin API.
    const isAdmin = known?.isAdmin ?? request.routeOptions.config.isAdmin === true;
    request.corsHeaders = isAdmin ? [] : cors.headers(rawHeaders);
    for (const [name, value] of pairsOf(request.corsHeaders)) reply.header(name, value);
    checkHttp(request.raw);
    if (request.is404) {
      if (!known) throw unknownPathError(request.url);
      const isOpen = cors.isEnabled && !isAdmin;
      const isPreflight = request.headers['access-control-request-method'] !== undefined;
      const headers =
        request.method !== 'OPTIONS'
          ? undefined
          : isPreflight
            ? isOpen && cors.preflightHeaders(rawHeaders, known.methods)
            : ['allow', known.methods.join(', ')];
      if (!headers) throw methodNotAllowed(known.methods);
      return reply
        .code(204)
        .headers(Object.fromEntries(pairsOf(headers)))
        .send();
    }
    // By route, as a path can be written in many ways. Routes that are not public need a key.
    if (request.routeOptions.config.isPublic === true) return;
    if (isDraining) throw new LlmpError('draining');
    const address = networkOf(request.ip);
    if (isAdmin) {
      if (!authenticateAdmin) throw new LlmpError('not_found');
      authenticateAdmin(rawHeaders, address);
    } else request.caller = await authenticate(rawHeaders, address);
    if ((request.headers['content-encoding'] ?? 'identity') !== 'identity') {
      throw new LlmpError('unsupported_media_type', 'Compressed request bodies are not accepted.');
    }
    if (expectsContinue(request.raw)) {
      request.state.inviteBody = () => reply.raw.writeContinue();
    }
  });

  app.server.on('connect', ({ url = '' }, socket) => {
    const known = knownPath(url);
    writeFailure(socket, known ? methodNotAllowed(known.methods) : new LlmpError('not_found'));
  });

  const relay = createRelay({
    inFlightRequests,
    clock,
    limits: { ...limits.http, ...limits.eventLoop, json: limits.json },
    events,
  });
  const ports = {
    relay,
    admission,
    clock,
    timeSliceMs: limits.eventLoop.timeSliceMs,
    mode: { isDeep: options.hasLocalScrubber, limits: limits.json },
  };
  const receiveBody = createBodyReceiver({
    admission,
    budget: options.bodyBudget,
    clock,
    timeSliceMs: limits.eventLoop.timeSliceMs,
    limits: limits.http,
  });
  app.addContentTypeParser('application/json', receiveBody);
  messagesRoute(app, ports);
  countTokensRoute(app, ports);
  modelsRoute(app, relay, options.modelIds, limits.http);
  const passPorts = { relay, admission, receiveBody, teamLimits };
  passThroughRoutes(app, options.passThrough, passPorts);
  if (authenticateAdmin) {
    adminRoutes(app, { ...options, limits: limits.documents, receiveBody });
  }
  healthRoute(app, {
    bus,
    store,
    clock,
    limits: limits.http,
    isShuttingDown: () => isShuttingDown,
    events,
    // A store that cannot be written still finds keys.
    servesWithoutStore: (fault) =>
      options.onStoreError === 'open' && (fault === 'unwritable' || knowsKeys()),
  });

  const { host, port } = options;
  const url = await app.listen({ host, port }).catch((error: unknown) => {
    throw listenError(error, { host, port }, { host: 'LLMP_HOST', port: 'LLMP_PORT' });
  });
  void settlementWriter.recover();
  return {
    url,
    reportNotReady() {
      isShuttingDown = true;
    },
    async drain(signal) {
      isShuttingDown = isDraining = true;
      let cancelTimer: (() => void) | undefined;
      const abandon = () => {
        inFlightRequests.abandon();
        // A client that reads slowly or is still sending must not delay the shutdown.
        cancelTimer = clock.after(limits.process.finalFlushMs, () =>
          app.server.closeAllConnections(),
        );
      };
      signal.addEventListener('abort', abandon, { once: true });
      if (signal.aborted) abandon();
      await app.close();
      signal.removeEventListener('abort', abandon);
      cancelTimer?.();
      await inFlightRequests[Symbol.asyncDispose]();
      admission[Symbol.dispose]();
      await onResponse[Symbol.asyncDispose]();
      await settlementWriter[Symbol.asyncDispose]();
    },
  };
}

function methodNotAllowed(methods: readonly string[]): LlmpError {
  const allowed = methods.join(', ');
  const message = `This path does not have the method of the request, only ${allowed}.`;
  return new LlmpError('method_not_allowed', message, { headers: ['allow', allowed] });
}
