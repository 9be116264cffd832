// Decides from the status and the error of a response whether to retry elsewhere, whether the upstream
// failed, and how long to suspend its key.

import { headerOf } from '../../../shared/runtime/raw-headers.ts';
import { statusOfError } from '../http/error-status.ts';
import type { UpstreamError, UpstreamResponse } from '../transport.ts';

export interface ResponseVerdict {
  /** Another call may succeed: elsewhere, with another key, or after `waitMs`. */
  readonly isRetriable: boolean;
  /** The same key at the same upstream would fail again. */
  readonly isFinalHere: boolean;
  /** For the circuit breaker. */
  readonly isFailure: boolean;
  /** The wait that the upstream asks for. */
  readonly waitMs: number | undefined;
  /** How long the key is unavailable. */
  readonly suspendMs: number;
  /** How long all keys of the upstream are unavailable. */
  readonly suspendAllMs: number;
  /** How long other upstreams are preferred for this endpoint of the API. */
  readonly avoidRouteMs: number;
  /** How long other upstreams are preferred for the model. */
  readonly avoidModelMs: number;
}

export interface JudgedResponse extends Pick<
  UpstreamResponse,
  'status' | 'headers' | 'bodyKind' | 'error'
> {
  /** Of the request, without its query. */
  readonly route?: string;
}

const RETRIABLE = new Set([408, 409, 429]);
/** For a 429 that does not say when quota is available again, and where something else responds. */
export const SUSPEND_MS = 5_000;
/** A rejected key or account may become valid later. */
const REJECTED_SUSPEND_MS = 60_000;
/** Upper bound, whatever the upstream says. */
const SUSPEND_MS_MAX = 3_600_000;
/** A missing route or model rarely appears soon. */
const AVOID_MS = 600_000;

const QUOTAS = ['requests', 'tokens', 'input-tokens', 'output-tokens'];

/** Error types and codes about the account or its key, whatever their status. */
const ACCOUNT_TYPES = new Set([
  'account_deactivated',
  'account_disabled',
  'authentication_error',
  'billing_error',
  'billing_not_active',
  'insufficient_balance',
  'insufficient_credits',
  'insufficient_quota',
  'invalid_api_key',
  'organization_disabled',
  'permission_error',
]);

/** Account errors that Anthropic sends as `invalid_request_error`. Anchored: messages can quote clients. */
const ACCOUNT_MESSAGES = [
  /^your credit balance is too low/i,
  /^(this|your) (organization|workspace|account) (has been|is|was) (disabled|suspended|deactivated|blocked)/i,
  /^(this|your) api key (has been|is|was) (disabled|revoked|expired|deactivated)/i,
  /^(this|your) (api key|credential) (is only authorized|is not authorized|does not have permission)/i,
  /^(you have|you've|your organization has|this organization has|your workspace has) (reached|exceeded) (your|its|the) (specified )?(\w+ )?(api )?(usage|spend|spending|billing|credit)/i,
  /^(usage|spend|spending|billing|credit) limit/i,
];
/** How the API reports a field that it does not know, whose name the client chose. */
const QUOTES_FIELD = /: (extra inputs are not permitted|field required|input should)/i;

/** Statuses for requests that are too large for a proxy, which says nothing about the upstream. */
const TOO_LARGE = new Set([413, 414, 431]);

/** Endpoints that routers often lack; without them, 404 says nothing about the request. */
const OPTIONAL_ROUTES = new Set(['/v1/messages/count_tokens', '/v1/models']);

/** Routes that show one model. */
const ONE_MODEL = '/v1/models/';

/** How routers reject a model with 400. Anchored: messages can quote clients. */
const UNKNOWN_MODEL =
  /^([\w.:/@-]+ is not a valid model( id)?|invalid model name\b.*|unknown model\b.*|(the )?model \S+ (does not exist|is not (supported|available)|was not found)\b.*)\.?$/i;

/** The path of a request without its query. */
export function routeOf(path: string): string {
  return path.split('?', 1)[0] ?? path;
}

/** @param nowMs wall-clock time, to compare with quota resets */
export function verdictOf(response: JudgedResponse, nowMs: number): ResponseVerdict {
  const { headers, error } = response;
  const status =
    response.status < 300 && error !== undefined ? statusOfError(error) : response.status;
  const waitMs = waitOf(headers, nowMs);
  const quotaMs = Math.min(SUSPEND_MS_MAX, exhaustedMs(headers, nowMs));
  const nothing = {
    isRetriable: false,
    isFinalHere: false,
    isFailure: false,
    waitMs,
    suspendMs: quotaMs,
    suspendAllMs: 0,
    avoidRouteMs: 0,
    avoidModelMs: 0,
  };
  const elsewhere = { ...nothing, isRetriable: true, isFinalHere: true };
  if (isOfAccount(status, error)) {
    const suspendMs = Math.max(REJECTED_SUSPEND_MS, waitMs ?? 0);
    return { ...elsewhere, suspendMs: Math.min(SUSPEND_MS_MAX, suspendMs) };
  }
  if (isMissingModel(status, response)) return { ...elsewhere, avoidModelMs: AVOID_MS };
  if (isMissingRoute(response)) return { ...elsewhere, avoidRouteMs: AVOID_MS };
  if (isInTheWay(response)) {
    const isFailure = !TOO_LARGE.has(status);
    return { ...elsewhere, isFailure, suspendAllMs: isFailure ? SUSPEND_MS : 0 };
  }
  const isServerError = status >= 500;
  const isRetriable = isServerError || RETRIABLE.has(status);
  return {
    ...nothing,
    isRetriable,
    isFinalHere: isRetriable && headerOf(headers, 'x-should-retry') === 'false',
    isFailure: isServerError || status === 408,
    suspendMs: status === 429 ? Math.min(SUSPEND_MS_MAX, waitMs ?? SUSPEND_MS) : quotaMs,
  };
}

/** Another key or account may be valid. */
function isOfAccount(status: number, error: UpstreamError | undefined): boolean {
  if (status === 401 || status === 402 || status === 403) return true;
  if (!error || status >= 500) return false;
  if (ACCOUNT_TYPES.has(error.type)) return true;
  const isInvalidRequest = status === 400 || status === 429;
  const message = error.message.trim();
  return (
    isInvalidRequest &&
    ACCOUNT_MESSAGES.some((pattern) => pattern.test(message)) &&
    !QUOTES_FIELD.test(message)
  );
}

/** Whether the upstream does not have this endpoint of the API. */
function isMissingRoute({ status, error, bodyKind, route = '' }: JudgedResponse): boolean {
  if (status !== 404 && status !== 405 && status !== 501) return false;
  if (OPTIONAL_ROUTES.has(route)) return true;
  return status !== 501 && bodyKind !== undefined && error === undefined;
}

/** Whether the upstream does not have the model, which another one may have. */
function isMissingModel(
  status: number,
  { error, route = '' }: Pick<JudgedResponse, 'error' | 'route'>,
): boolean {
  if (status === 404 && route.startsWith(ONE_MODEL)) return true;
  if (!error || (status !== 404 && status !== 400)) return false;
  if (error.type === 'model_not_found') return true;
  const message = error.message.trim();
  return status === 404 ? /\bmodel\b/i.test(message) : UNKNOWN_MODEL.test(message);
}

/** Redirects and web pages: something other than the API responded. Pages of 5xx are failures anyway. */
function isInTheWay({ status, bodyKind }: JudgedResponse): boolean {
  if (status >= 300 && status < 400) return status !== 304;
  return status >= 400 && status < 500 && bodyKind === 'page';
}

/** `retry-after` in seconds or as a date (RFC 9110, 10.2.3), or `retry-after-ms`. */
function waitOf(headers: readonly string[], nowMs: number): number | undefined {
  const waitMs = Number(headerOf(headers, 'retry-after-ms') ?? Number.NaN);
  if (Number.isFinite(waitMs) && waitMs >= 0) return waitMs;
  const text = headerOf(headers, 'retry-after');
  if (text === undefined) return undefined;
  const seconds = /^\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (Number.isFinite(seconds)) return seconds * 1_000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}

/** Milliseconds until all exhausted quotas reset; 0 if none is exhausted. */
function exhaustedMs(headers: readonly string[], nowMs: number): number {
  return Math.max(
    0,
    ...QUOTAS.filter((name) => headerOf(headers, `anthropic-ratelimit-${name}-remaining`) === '0')
      .map((name) => Date.parse(headerOf(headers, `anthropic-ratelimit-${name}-reset`) ?? ''))
      .filter((resetMs) => !Number.isNaN(resetMs))
      .map((resetMs) => resetMs - nowMs),
  );
}
