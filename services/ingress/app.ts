// The fastify application without its routes: every error it knows of, those of Node's parser included,
// becomes a response in Anthropic's format.

import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { LlmpError } from '../../shared/errors.ts';
import type { Events } from '../../shared/events.ts';
import type { HttpLimits } from '../../shared/limits.ts';
import type { Clock } from '../../shared/runtime/clock.ts';
import { requestId } from '../../shared/runtime/ids.ts';
import { proxiesOf } from './request/client-address.ts';
import { hasUnreadBody } from './request/http-message.ts';
import { originForm } from './request/request-target.ts';
import { lingeringClose } from './response/lingering-close.ts';
import type { Cors } from './response/cors.ts';
import { failureOf, failureResponse } from './response/failure.ts';
import { sendFailure } from './response/send-response.ts';
import { respondToUnreadable, trackResponses } from './response/unreadable.ts';

/** Between two log lines about refused connections. */
const REFUSALS_REPORT_MS = 1_000;

export interface AppOptions {
  readonly limits: HttpLimits;
  readonly clock: Pick<Clock, 'after' | 'monotonic'>;
  readonly events: Events;
  readonly cors: Cors;
  /** Addresses, or a number of hops, whose x-forwarded-for is trusted; null trusts nobody. */
  readonly trustedProxies: readonly string[] | number | null;
}

export function buildApp(options: AppOptions): FastifyInstance {
  const { limits, clock, events, cors, trustedProxies } = options;
  const app = fastify({
    logger: false,
    trustProxy: proxiesOf(trustedProxies),
    bodyLimit: limits.bodyBytesMax,
    requestTimeout: limits.requestArrivalMs,
    keepAliveTimeout: limits.keepAliveMs,
    forceCloseConnections: 'idle',
    exposeHeadRoutes: true,
    rewriteUrl: ({ url = '' }) => originForm(url),
    // Routes check their parameters.
    routerOptions: { maxParamLength: limits.headerBytesMax },
    http: {
      maxHeaderSize: limits.headerBytesMax,
      requireHostHeader: false,
      // Node checks requestTimeout only where headersTimeout is shorter.
      headersTimeout: limits.requestArrivalMs / 2,
      connectionsCheckingInterval: limits.requestArrivalMs / 4,
    },
    genReqId: () => requestId(),
    clientErrorHandler: (error, socket) => respondToUnreadable(error, socket),
    return503OnClosing: false,
    frameworkErrors: (error, request, reply) => {
      // Hooks do not run for these errors, so the log line is written here.
      const failure = failureOf(error);
      const headers = cors.headers(request.raw.rawHeaders);
      reply.hijack();
      endUnreadUpload(request);
      sendFailure(reply.raw, failure, { requestId: request.id, headers });
      events.requestFinished({
        requestId: request.id,
        method: request.method,
        route: 'unknown',
        status: failure.status,
        outcome: 'refused',
        tookMs: 0,
        errorCode: failure.code,
      });
    },
  });
  trackResponses(app.server);
  const { connectionsMax } = limits;
  app.server.maxConnections = connectionsMax;
  let reportedMs = -Infinity;
  app.server.on('drop', () => {
    if (clock.monotonic() < reportedMs + REFUSALS_REPORT_MS) return;
    reportedMs = clock.monotonic();
    events.connectionsRefused({ connectionsMax });
  });
  // Node would answer these itself: without our envelope, or with an invitation to send a refused body.
  for (const event of ['checkContinue', 'checkExpectation']) {
    app.server.on(event, (request, response) => app.server.emit('request', request, response));
  }
  // What is left of an upload is not read: the connection cannot be used again.
  const endUnreadUpload = ({ raw }: FastifyRequest) => {
    const isUnread = hasUnreadBody(raw);
    if (isUnread) lingeringClose(raw.socket, clock, limits.lingerMs);
    return isUnread;
  };
  app.decorateRequest('caller');
  app.decorateRequest('state');
  app.decorateRequest('corsHeaders');
  app.removeAllContentTypeParsers();
  app.setNotFoundHandler(() => {
    throw new LlmpError('not_found');
  });
  app.addHook('onSend', (request, reply, _payload, done) => {
    if (endUnreadUpload(request)) reply.header('connection', 'close');
    done();
  });
  app.setErrorHandler((thrown, request, reply) => {
    const error = failureOf(thrown);
    if (error.code === 'internal') events.onError(thrown, request.id);
    request.state.error = error;
    const { status, headers, body } = failureResponse(error, request.id);
    return reply.code(status).headers(headers).send(body);
  });
  return app;
}
