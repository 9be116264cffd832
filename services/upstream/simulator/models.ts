// The models that the simulator lists, in Anthropic's format, for discovery and paging. Messages may
// name any model.

import { ApiError, badRequest } from './api-error.ts';

const PAGE_DEFAULT = 20;
const PAGE_MAX = 1_000;

const MODELS = [
  model('claude-opus-5-5', 'Claude Opus 5.5', 'opus', '2026-08-18'),
  model('claude-sonnet-5-5', 'Claude Sonnet 5.5', 'sonnet', '2026-08-18'),
  model('claude-haiku-5-5', 'Claude Haiku 5.5', 'haiku', '2026-08-18'),
  model('claude-haiku-4-5', 'Claude Haiku 4.5', 'haiku', '2025-10-01'),
  model('claude-sonnet-4-5', 'Claude Sonnet 4.5', 'sonnet', '2025-09-29'),
];

/**
 * One page: `after_id` and `before_id` are exclusive, `limit` is 1 to 1000.
 * Throws a 400 error for an invalid limit or cursor.
 */
export function listModels(query: URLSearchParams) {
  const limit = readLimit(query.get('limit'));
  const afterId = query.get('after_id');
  const beforeId = query.get('before_id');
  if (afterId !== null && beforeId !== null) {
    throw badRequest('after_id and before_id: only one at a time');
  }
  const start = afterId === null ? 0 : indexOf('after_id', afterId) + 1;
  const end = beforeId === null ? MODELS.length : indexOf('before_id', beforeId);
  const range = MODELS.slice(start, end);
  const data = beforeId === null ? range.slice(0, limit) : range.slice(-limit);
  return {
    data,
    has_more: data.length < range.length,
    first_id: data.at(0)?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
  };
}

/** One model. Throws a 404 error for an unknown id. */
export function findModel(id: string) {
  const found = MODELS.find((each) => each.id === id);
  if (!found) throw new ApiError(404, `model: ${id}`);
  return found;
}

function readLimit(raw: string | null): number {
  const limit = raw === null ? PAGE_DEFAULT : Number(raw);
  if (Number.isInteger(limit) && limit >= 1 && limit <= PAGE_MAX) return limit;
  throw badRequest(`limit: Input should be a whole number from 1 to ${PAGE_MAX}`);
}

function indexOf(cursor: string, id: string): number {
  const index = MODELS.findIndex((each) => each.id === id);
  if (index < 0) throw badRequest(`${cursor}: there is no model ${id}`);
  return index;
}

function model(id: string, displayName: string, line: string, released: string) {
  return {
    type: 'model',
    id,
    display_name: displayName,
    created_at: `${released}T00:00:00Z`,
    capabilities: null,
    lifecycle: 'active',
    line,
    max_input_tokens: 200_000,
    max_tokens: 128_000,
    deprecated_at: null,
    retires_at: null,
  };
}
