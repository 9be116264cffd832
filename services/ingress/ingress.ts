// The HTTP server. Authenticates before a body is read, gives every request an id and exactly one log
// line, and sends every error in Anthropic's format, those of fastify and of Node's parser included.

import fastify, { type FastifyInstance } from 'fastify';
import type { Bus } from '../../shared/bus/bus.ts';
import type { Clock } from '../../shared/runtime/clock.ts';
import { listenError } from '../../shared/runtime/dependency-error.ts';
import { LlmpError } from '../../shared/errors.ts';
import type { Events } from '../../shared/events.ts';
import { createStaleCache } from '../../shared/runtime/stale-cache.ts';
import { requestId } from '../../shared/runtime/ids.ts';
import type { Limits } from '../../shared/limits.ts';
import type { PriceTable } from '../../shared/metering/prices.ts';
import type { Queue } from '../../shared/queue/queue.ts';
import type { Store } from '../../shared/store/store.ts';
import { createCollectionService } from '../admin/collections.ts';
import { createDocumentService } from '../admin/documents.ts';
import { createKeyService } from '../admin/keys.ts';
import { createTeamService } from '../admin/teams.ts';
import { createUsageService } from '../admin/usage.ts';
import { createAdmission } from './admission/admission.ts';
import { createAdminAuth } from './auth/admin-auth.ts';
import { createAuth, type Caller } from './auth/auth.ts';
import { createSettlementWriter } from './admission/settlement-writer.ts';
import { createOnResponse } from './on-response.ts';
import { InFlightRequests } from './dispatch/in-flight-requests.ts';
import { respondToUnreadable, failureOf, failureResponse } from './response/failure.ts';
import { createFailureThrottle } from './auth/failure-throttle.ts';
import { createRelay } from './relay.ts';
import { proxiesOf, withoutPort } from './request/client-address.ts';
import type { RequestState } from './request-state.ts';
import { adminCollectionsRoute } from './routes/admin-collections.ts';
import { adminDocumentsRoute } from './routes/admin-documents.ts';
import { adminKeysRoute } from './routes/admin-keys.ts';
import { adminTeamsRoute } from './routes/admin-teams.ts';
import { adminUsageRoute } from './routes/admin-usage.ts';
import { countTokensRoute } from './routes/count-tokens.ts';
import { healthRoute } from './routes/health.ts';
import { messagesRoute } from './routes/messages.ts';
import { modelsRoute } from './routes/models.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route needs no key. */
    isPublic?: boolean;
    /** The route needs the admin token in place of a key. */
    isAdmin?: boolean;
  }
  interface FastifyRequest {
    /** Set by authentication, on every route that needs a key. */
    caller: Caller;
    state: RequestState;
  }
}

export type IngressLimits = Pick<
  Limits,
  'json' | 'http' | 'auth' | 'admission' | 'pipeline' | 'process' | 'documents'
>;

export interface IngressOptions {
  readonly bus: Bus;
  readonly store: Store;
  /** For document jobs; opened by the first one. */
  readonly queue: () => Promise<Queue>;
  readonly clock: Clock;
  readonly limits: IngressLimits;
  readonly events: Events;
  /** Whether the scrubber is in this process, which parses the whole body. */
  readonly hasLocalScrubber: boolean;
  readonly host: string;
  readonly port: number;
  /** Addresses, or a number of hops, whose x-forwarded-for is trusted; null trusts nobody. */
  readonly trustedProxies: readonly string[] | number | null;
  readonly configuredKeys: readonly string[];
  /** null disables the admin API. */
  readonly adminToken: string | null;
  readonly modelIds: readonly string[];
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
  const app = buildApp(options);
  const throttle = createFailureThrottle({ clock, limits: limits.auth });
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
      // A client could keep its connection open for longer than the drain may take.
      if (isDraining) app.server.closeIdleConnections();
      // Probes are frequent and are not logged.
      if (request.routeOptions.config.isPublic === true) return;
      onResponse.handle(request, reply);
    });
    // RFC 9112, section 3.2: an HTTP/1.1 request must have a Host header.
    if (request.headers.host === undefined && request.raw.httpVersion === '1.1') {
      reply.header('connection', 'close');
      throw new LlmpError('invalid_request', 'The request has no Host header.');
    }
    // By route, as a path can be written in many ways. Routes that are not public need a key.
    if (request.is404 || request.routeOptions.config.isPublic === true) return;
    if (isDraining) throw new LlmpError('draining');
    const { rawHeaders } = request.raw;
    const address = withoutPort(request.ip);
    if (request.routeOptions.config.isAdmin === true) {
      if (!authenticateAdmin) throw new LlmpError('not_found');
      authenticateAdmin(rawHeaders, address);
    } else request.caller = await authenticate(rawHeaders, address);
    if ((request.headers['content-encoding'] ?? 'identity') !== 'identity') {
      throw new LlmpError('unsupported_media_type', 'Compressed request bodies are not accepted.');
    }
  });

  const relay = createRelay({ inFlightRequests, clock, limits: limits.http });
  const ports = {
    relay,
    admission,
    mode: { isDeep: options.hasLocalScrubber, limits: limits.json },
  };
  messagesRoute(app, ports);
  countTokensRoute(app, ports);
  modelsRoute(app, relay, options.modelIds, limits.http);
  if (authenticateAdmin) {
    adminKeysRoute(app, createKeyService({ store, clock }), events);
    adminTeamsRoute(app, createTeamService({ store }), events);
    adminUsageRoute(app, createUsageService({ store, clock }));
    adminCollectionsRoute(app, createCollectionService(options), events);
    adminDocumentsRoute(
      app,
      createDocumentService({ ...options, limits: limits.documents }),
      events,
      limits.documents,
    );
  }
  healthRoute(app, {
    bus,
    store,
    clock,
    limits: limits.http,
    isShuttingDown: () => isShuttingDown,
    servesWithoutStore: () => options.onStoreError === 'open' && knowsKeys(),
  });

  const { host, port } = options;
  const url = await app.listen({ host, port }).catch((error: unknown) => {
    throw listenError(error, { host, port }, { host: 'LLMP_HOST', port: 'LLMP_PORT' });
  });
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

function buildApp({ limits, events, trustedProxies }: IngressOptions): FastifyInstance {
  const app = fastify({
    logger: false,
    trustProxy: proxiesOf(trustedProxies),
    bodyLimit: limits.http.bodyBytesMax,
    requestTimeout: limits.http.requestArrivalMs,
    keepAliveTimeout: limits.http.keepAliveMs,
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
    http: {
      maxHeaderSize: limits.http.headerBytesMax,
      requireHostHeader: false,
      // Node checks requestTimeout only where headersTimeout is shorter.
      headersTimeout: limits.http.requestArrivalMs / 2,
      connectionsCheckingInterval: limits.http.requestArrivalMs / 4,
    },
    genReqId: () => requestId(),
    clientErrorHandler: (error, socket) => respondToUnreadable(error, socket),
    return503OnClosing: false,
    frameworkErrors: (error, request, reply) => {
      // Hooks do not run for these errors, so the log line is written here.
      const failure = failureOf(error);
      const { status, headers, body } = failureResponse(failure, request.id);
      reply.hijack();
      reply.raw.writeHead(status, headers).end(body);
      events.requestFinished({
        requestId: request.id,
        method: request.method,
        route: 'unknown',
        status,
        outcome: 'refused',
        tookMs: 0,
        errorCode: failure.code,
      });
    },
  });
  app.decorateRequest('caller');
  app.decorateRequest('state');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) =>
    done(null, body),
  );
  app.setNotFoundHandler(() => {
    throw new LlmpError('not_found');
  });
  app.setErrorHandler((thrown, request, reply) => {
    const error = failureOf(thrown);
    if (error.code === 'internal') events.onError(thrown, request.id);
    request.state.error = error;
    const { status, headers, body } = failureResponse(error, request.id);
    // What is left of a refused upload is not read: the connection cannot be used again.
    if (!request.raw.complete) reply.header('connection', 'close');
    return reply.code(status).headers(headers).send(body);
  });
  return app;
}
