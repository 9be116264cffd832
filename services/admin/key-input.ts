// Validates key input of the admin API and the command line. Strict: silently ignoring a misspelt field
// could give a key more rights than intended.

import * as z from 'zod';
import { durationMs } from '../../shared/runtime/duration.ts';
import { POLICY_NAME } from '../../shared/policy/policies.ts';
import { KEY_STATUSES } from './key-status.ts';
import { quotaChanges, quotas } from './quota-input.ts';
import { PAGE_MAX, reader } from './read-input.ts';

/** Models one key can be restricted to. */
const MODELS_MAX = 100;
/** Collections of one key; each requires a search. */
const COLLECTIONS_MAX = 20;
const DAY_MS = 86_400_000;
/** The longest TTL of cached responses. */
export const CACHE_TTL_MAX_MS = 30 * DAY_MS;
/** Longest lifetime of a key that expires: ten years. */
const LIFE_MAX_MS = 3_650 * DAY_MS;
/** How long a rotated key stays valid: a day to distribute the new one. */
const OVERLAP_MS = DAY_MS;
const OVERLAP_MAX_MS = 30 * DAY_MS;

/** A name of a key or a team: text on one line. */
export const nameText = z
  .string({ error: 'must be text' })
  .trim()
  .min(1, { error: 'must not be empty' })
  .max(100, { error: 'must have at most 100 characters' })
  .regex(/^\P{Cc}*$/u, { error: 'must not have control characters' });

const modelId = z
  .string({ error: 'must be text' })
  .regex(/^[\w.:/@[\]-]{1,200}$/, { error: 'must be an exact model id, without wildcards' });

const models = z
  .array(modelId, { error: 'must be a list of model ids' })
  .min(1, { error: 'must name a model; leave it out to allow all' })
  .max(MODELS_MAX, { error: `must name at most ${MODELS_MAX} models` });

const policy = z
  .string({ error: 'must be text' })
  .regex(POLICY_NAME, { error: 'must be a policy name: lowercase letters, digits, hyphens' });

const collections = z
  .array(z.string(), { error: 'must be a list of collection names' })
  .min(1, { error: 'must name a collection; leave it out for none' })
  .max(COLLECTIONS_MAX, { error: `must name at most ${COLLECTIONS_MAX} collections` })
  .refine((names) => new Set(names).size === names.length, {
    error: 'must not name a collection twice',
  });

/** TTL of cached responses. */
const cacheFor = duration(1_000, CACHE_TTL_MAX_MS);

export const createInput = z.strictObject({
  name: nameText,
  team: nameText.nullable().exactOptional(),
  models: models.nullable().exactOptional(),
  policy: policy.nullable().exactOptional(),
  collections: collections.nullable().exactOptional(),
  cache_for: cacheFor.nullable().exactOptional(),
  expires_in: duration(1, LIFE_MAX_MS).nullable().exactOptional(),
  limits: quotas.nullable().exactOptional(),
});

export const updateInput = z
  .strictObject({
    name: nameText.exactOptional(),
    policy: policy.nullable().exactOptional(),
    collections: collections.nullable().exactOptional(),
    cache_for: cacheFor.nullable().exactOptional(),
    limits: quotaChanges.nullable().exactOptional(),
  })
  .refine((fields) => Object.keys(fields).length > 0, { error: 'must name a field to change' });

export const rotateInput = z.strictObject({
  overlap: duration(0, OVERLAP_MAX_MS).default({ ms: OVERLAP_MS, sent: '24h' }),
  expires_in: duration(1, LIFE_MAX_MS).exactOptional(),
});

const statuses = z.string({ error: 'must be text' }).transform((text, { issues }) => {
  const names = text.split(',').map((name) => name.trim());
  const known = KEY_STATUSES.filter((status) => names.includes(status));
  if (known.length === names.length) return known;
  const message = `must be a comma-separated list of ${KEY_STATUSES.join(', ')}`;
  issues.push({ code: 'custom', input: text, message });
  return z.NEVER;
});

export const listInput = z.strictObject({
  limit: z.coerce
    .number({ error: 'must be a number' })
    .int({ error: 'must be a whole number' })
    .min(1, { error: 'must be at least 1' })
    .max(PAGE_MAX, { error: `must be at most ${PAGE_MAX}` })
    .default(20),
  after: z.string({ error: 'must be the id of a key' }).max(100).exactOptional(),
  name: z.string({ error: 'must be text' }).max(100).exactOptional(),
  team: z.string({ error: 'must be text' }).max(100).exactOptional(),
  status: statuses.exactOptional(),
});

/** Each throws `invalid_request` with the path of every issue. */
export const readCreateInput = reader(createInput);
export const readUpdateInput = reader(updateInput);
export const readRotateInput = reader(rotateInput);
export const readListInput = reader(listInput);

function duration(minMs: number, maxMs: number) {
  const error =
    `must be a duration in s, m, h or d, such as 12h or 30d, ` +
    `from ${minMs / 1_000}s to ${maxMs / 86_400_000}d`;
  return z.string({ error }).transform((sent, { issues }) => {
    const ms = durationMs(sent);
    if (ms !== undefined && ms >= minMs && ms <= maxMs) return { ms, sent };
    issues.push({ code: 'custom', input: sent, message: error });
    return z.NEVER;
  });
}
