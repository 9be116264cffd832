import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  routeOf,
  verdictOf,
  type JudgedResponse,
} from '../../../../services/upstream/pool/response-verdict.ts';
import { checkProperty } from '../../../kit/properties.ts';

const NOW = Date.UTC(2026, 0, 1);
const verdict = (status: number, ...headers: string[]) => verdictOf({ status, headers }, NOW);

describe('the verdict on a response', () => {
  it.each([
    [200, false, false],
    [400, false, false],
    [404, false, false],
    [413, false, false],
    [422, false, false],
    [401, true, false],
    [403, true, false],
    [408, true, true],
    [409, true, false],
    [429, true, false],
    [500, true, true],
    [502, true, true],
    [503, true, true],
    [504, true, true],
    [529, true, true],
  ])('of %i is retriable: %s, and failure: %s', (status, isRetriable, isFailure) => {
    expect(verdict(status)).toMatchObject({ isRetriable, isFailure });
  });

  it('takes the retry advice of the upstream for this upstream only', () => {
    const elsewhere = { isRetriable: true, isFinalHere: true };
    expect(verdict(503, 'x-should-retry', 'false')).toMatchObject(elsewhere);
    expect(verdict(429, 'X-Should-Retry', 'false')).toMatchObject(elsewhere);
    expect(verdict(429, 'x-should-retry', 'true')).toMatchObject({ isFinalHere: false });
  });

  it.each([
    [['retry-after', '3'], 3_000],
    [['retry-after', '0.5'], 500],
    [['retry-after-ms', '250', 'retry-after', '9'], 250],
    [['retry-after', 'Thu, 01 Jan 2026 00:00:07 GMT'], 7_000],
    [['retry-after', 'soon'], undefined],
    [[], undefined],
  ])('waits with %j for %s ms', (headers, waitMs) => {
    expect(verdict(503, ...headers).waitMs).toBe(waitMs);
  });

  it('suspends a key that is out of quota', () => {
    expect(verdict(429).suspendMs).toBe(5_000);
    expect(verdict(429, 'retry-after', '30').suspendMs).toBe(30_000);
    expect(verdict(429, 'retry-after', '999999').suspendMs).toBe(3_600_000);
    const left = (name: string, count: string) => [
      `anthropic-ratelimit-${name}-remaining`,
      count,
      `anthropic-ratelimit-${name}-reset`,
      '2026-01-01T00:00:20Z',
    ];
    expect(verdict(200, ...left('requests', '0')).suspendMs).toBe(20_000);
    expect(verdict(200, ...left('output-tokens', '0')).suspendMs).toBe(20_000);
    expect(verdict(200, ...left('requests', '1')).suspendMs).toBe(0);
    expect(verdict(401).suspendMs).toBe(60_000);
  });
});

const MESSAGES = '/v1/messages';
const COUNT = '/v1/messages/count_tokens';
const MODELS = '/v1/models';

type Kind =
  | 'client'
  | 'account'
  | 'route'
  | 'model'
  | 'in the way'
  | 'quota'
  | 'failure'
  | 'success';

/** What the verdict makes of a response, by what it does to the request, the key and the upstream. */
function kindOf(response: Partial<JudgedResponse>): Kind {
  const judged = { status: 400, headers: [], route: MESSAGES, ...response };
  const { isRetriable, isFinalHere, isFailure, ...rests } = verdictOf(judged, NOW);
  const { suspendMs, suspendAllMs, avoidRouteMs, avoidModelMs } = rests;
  if (!isRetriable) return judged.status < 300 ? 'success' : 'client';
  if (suspendAllMs > 0) return 'in the way';
  if (avoidModelMs > 0) return 'model';
  if (isFinalHere && suspendMs >= 60_000) return 'account';
  if (isFinalHere) return isFailure || avoidRouteMs > 0 ? 'route' : 'client';
  return isFailure ? 'failure' : 'quota';
}

const LOW_CREDIT =
  'Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.';

describe('what an error says', () => {
  it.each<[status: number, type: string, message: string, kind: Kind]>([
    [400, 'invalid_request_error', LOW_CREDIT, 'account'],
    [400, 'invalid_request_error', LOW_CREDIT.replace('Anthropic', 'Claude'), 'account'],
    [400, 'invalid_request_error', 'This organization has been disabled.', 'account'],
    [400, 'invalid_request_error', 'Your organization has been suspended.', 'account'],
    [
      400,
      'invalid_request_error',
      'You have reached your specified API usage limits. You will regain access on 2026-12-01 at 00:00 UTC.',
      'account',
    ],
    [
      400,
      'invalid_request_error',
      'This credential is only authorized for use with Claude Code and cannot be used for other API requests.',
      'account',
    ],
    [400, 'billing_error', 'Pay first.', 'account'],
    [400, 'authentication_error', 'invalid x-api-key', 'account'],
    [401, 'authentication_error', 'invalid x-api-key', 'account'],
    [402, 'billing_error', 'Pay first.', 'account'],
    [402, '', 'Insufficient credits', 'account'],
    [403, 'permission_error', 'Your account does not have access.', 'account'],
    [403, 'forbidden', 'Request not allowed', 'account'],
    [404, 'permission_error', 'No access to this model.', 'account'],
    [429, 'insufficient_quota', 'You exceeded your current quota.', 'account'],
    [429, 'billing_error', 'The budget is spent.', 'account'],
    [429, 'rate_limit_error', 'Number of requests has exceeded your rate limit.', 'quota'],
    [200, 'authentication_error', 'invalid x-api-key', 'account'],
    [200, 'billing_error', 'Pay first.', 'account'],
    [200, 'invalid_request_error', LOW_CREDIT, 'account'],
    [200, 'rate_limit_error', 'Slow down.', 'quota'],
    [200, 'overloaded_error', 'Overloaded', 'failure'],
    [200, 'api_error', 'Internal server error', 'failure'],
    [200, 'timeout_error', 'Too slow', 'failure'],
    [200, 'server_error', 'of a router', 'failure'],
    [500, 'permission_error', 'a broken server', 'failure'],
    // The client is wrong, whatever it quotes.
    [200, 'invalid_request_error', 'max_tokens: too large', 'success'],
    [200, 'policy_blocked', 'no', 'success'],
    [400, 'invalid_request_error', 'max_tokens: Input should be an integer', 'client'],
    [400, 'invalid_request_error', `${LOW_CREDIT}: Extra inputs are not permitted`, 'client'],
    [400, 'invalid_request_error', `tools.0.name: ${LOW_CREDIT}`, 'client'],
    [
      400,
      'invalid_request_error',
      'Unexpected value(s) `your credit balance is too low`',
      'client',
    ],
    [400, 'policy_blocked', 'no', 'client'],
    [404, 'not_found_error', 'model: claude-9', 'model'],
    [404, '', 'The model `claude-9` does not exist.', 'model'],
    [200, 'not_found_error', 'model: claude-9', 'model'],
    [400, 'model_not_found', 'no', 'model'],
    [400, '', 'vendor/claude-9 is not a valid model ID', 'model'],
    [400, 'invalid_request_error', 'model: Field required', 'client'],
    [400, 'invalid_request_error', 'max_tokens: more than the model claude-9 allows', 'client'],
    [404, 'not_found_error', 'container: not found', 'client'],
    [413, 'request_too_large', 'Request exceeds the maximum size', 'client'],
    [422, 'invalid_request_error', 'no', 'client'],
  ])('decides about %i %s %j: %s', (status, type, message, kind) => {
    expect(kindOf({ status, bodyKind: 'json', error: { type, message } })).toBe(kind);
  });

  it.each<[status: number, bodyKind: JudgedResponse['bodyKind'], route: string, kind: Kind]>([
    [302, 'page', MESSAGES, 'in the way'],
    [307, undefined, COUNT, 'in the way'],
    [400, 'page', MESSAGES, 'in the way'],
    [404, 'page', MESSAGES, 'route'],
    [404, 'text', MESSAGES, 'route'],
    [404, 'json', MESSAGES, 'route'],
    [405, 'empty', MESSAGES, 'route'],
    [404, 'json', COUNT, 'route'],
    [404, undefined, COUNT, 'route'],
    [405, 'text', COUNT, 'route'],
    [501, 'json', COUNT, 'route'],
    [404, 'json', MODELS, 'route'],
    [404, 'json', `${MODELS}/claude-9`, 'model'],
    [403, 'page', MESSAGES, 'account'],
    [502, 'page', MESSAGES, 'failure'],
    [503, 'page', COUNT, 'failure'],
    [200, 'json', MESSAGES, 'success'],
    [400, 'json', MESSAGES, 'client'],
  ])('or that nothing is said, in %i with %s at %s: %s', (status, bodyKind, route, kind) => {
    expect(kindOf({ status, route, ...(bodyKind === undefined ? {} : { bodyKind }) })).toBe(kind);
  });

  it('rests no upstream for a page that rejects a large request', () => {
    const tooLarge = verdictOf({ status: 413, headers: [], bodyKind: 'page' }, NOW);
    expect(tooLarge).toMatchObject({ isRetriable: true, isFailure: false, suspendAllMs: 0 });
  });

  it('keeps other upstreams from nothing but the route that is missing, and not for a model', () => {
    const missing = { status: 404, headers: [], route: COUNT };
    expect(verdictOf(missing, NOW)).toMatchObject({ suspendMs: 0, isFailure: false });
    expect(verdictOf(missing, NOW).avoidRouteMs).toBeGreaterThan(0);
    const error = { type: 'not_found_error', message: 'model: claude-9' };
    const { avoidRouteMs, avoidModelMs } = verdictOf({ ...missing, error }, NOW);
    expect([avoidRouteMs, avoidModelMs > 0]).toEqual([0, true]);
    expect(routeOf('/v1/messages/count_tokens?beta=true')).toBe(COUNT);
  });

  it('never asks another upstream about a fault of the client, whatever it wrote', () => {
    const text = fc.oneof(fc.string(), fc.constantFrom(LOW_CREDIT, 'billing_error', 'disabled'));
    const message = fc.tuple(fc.constantFrom('messages.0: ', 'tools.1.name: '), text);
    const statuses = fc.constantFrom(400, 413, 422);
    checkProperty(
      fc.property(statuses, message, (status, parts) => {
        const error = { type: 'invalid_request_error', message: parts.join('') };
        expect(kindOf({ status, bodyKind: 'json', error })).toBe('client');
      }),
    );
  });
});
