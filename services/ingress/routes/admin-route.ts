// Shared by all routes of the admin API.

import { LlmpError } from '../../../shared/errors.ts';
/** Body of an admin request: a name and a list of models. */
const BODY_BYTES_MAX = 64 * 1024;

export const ADMIN_ROUTE = { config: { isAdmin: true }, bodyLimit: BODY_BYTES_MAX };

/** Responses may contain secrets. */
export const NO_STORE = { 'cache-control': 'no-store' };

/** Parses a JSON body; an empty one counts as `{}`, for routes where every field is optional. */
export function fieldsOf(body: unknown): unknown {
  if (!(body instanceof Uint8Array) || body.length === 0) return {};
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    throw new LlmpError('invalid_json');
  }
}
