// What all routes of the admin API have in common.

import { LlmpError } from '../../../shared/errors.ts';
import { limits } from '../../../shared/limits.ts';

export const ADMIN_ROUTE = { config: { isAdmin: true }, bodyLimit: limits.adminBodyBytesMax };

/** Answers hold secrets, or what only an administrator may see. */
export const NO_STORE = { 'cache-control': 'no-store' };

/** A request without a body says nothing, which is enough where every field is optional. */
export function fieldsOf(body: unknown): unknown {
  if (!(body instanceof Uint8Array) || body.length === 0) return {};
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    throw new LlmpError('invalid_json');
  }
}
