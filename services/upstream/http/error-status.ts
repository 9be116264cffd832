// The status of an error that an upstream sent with a success status.

import type { UpstreamError } from '../transport.ts';

/** Anthropic's types, and those of routers. */
const STATUS_BY_TYPE: ReadonlyMap<string, number> = new Map([
  ['invalid_request_error', 400],
  ['policy_blocked', 400],
  ['authentication_error', 401],
  ['invalid_api_key', 401],
  ['billing_error', 402],
  ['insufficient_balance', 402],
  ['insufficient_credits', 402],
  ['permission_error', 403],
  ['account_deactivated', 403],
  ['account_disabled', 403],
  ['billing_not_active', 403],
  ['organization_disabled', 403],
  ['not_found_error', 404],
  ['model_not_found', 404],
  ['conflict_error', 409],
  ['request_too_large', 413],
  ['rate_limit_error', 429],
  ['rate_limit_exceeded', 429],
  ['insufficient_quota', 429],
  ['api_error', 500],
  ['timeout_error', 504],
  ['overloaded_error', 529],
]);

export function statusOfError({ type, status }: UpstreamError): number {
  return STATUS_BY_TYPE.get(type) ?? status ?? 500;
}
