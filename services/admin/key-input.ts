// What people may say about keys, over HTTP and on the command line alike. Strict: a misspelt field
// that is silently ignored would give a key more than its maker meant.

import * as z from 'zod';
import { durationMs } from '../../shared/runtime/duration.ts';
import { limits } from '../../shared/limits.ts';
import { POLICY_NAME } from '../../shared/policy/policies.ts';
import { quotas } from './quota-input.ts';
import { reader } from './read-input.ts';

/** A name as people give it: some text on one line. */
export const words = z
  .string({ error: 'must be text' })
  .trim()
  .min(1, { error: 'must not be empty' })
  .max(100, { error: 'must have at most 100 characters' })
  .regex(/^\P{Cc}*$/u, { error: 'must not have control characters' });

const modelId = z
  .string({ error: 'must be text' })
  .regex(/^[\w.:/@[\]-]{1,200}$/, { error: 'must be the exact id of a model, without wildcards' });

const models = z
  .array(modelId, { error: 'must be a list of model ids' })
  .min(1, { error: 'must name a model; leave it out to allow all' })
  .max(limits.keyModelsMax, { error: `must name at most ${limits.keyModelsMax} models` });

const policy = z
  .string({ error: 'must be text' })
  .regex(POLICY_NAME, { error: 'must be the name of a policy: small letters, digits, hyphens' });

const collections = z
  .array(z.string(), { error: 'must be a list of collections' })
  .min(1, { error: 'must name a collection; leave it out for none' })
  .max(limits.rag.collectionsMax, {
    error: `must name at most ${limits.rag.collectionsMax} collections`,
  })
  .refine((names) => new Set(names).size === names.length, { error: 'must name each only once' });

/** How long answers may be given again. */
const cacheFor = duration(1_000, limits.cache.ttlMaxMs);

export const createInput = z.strictObject({
  name: words,
  team: words.exactOptional(),
  models: models.exactOptional(),
  policy: policy.exactOptional(),
  collections: collections.exactOptional(),
  cache_for: cacheFor.exactOptional(),
  expires_in: duration(1, limits.keyLifeMs).exactOptional(),
  limits: quotas.exactOptional(),
});

export const changeInput = z
  .strictObject({
    name: words.exactOptional(),
    policy: policy.nullable().exactOptional(),
    collections: collections.nullable().exactOptional(),
    cache_for: cacheFor.nullable().exactOptional(),
    limits: quotas.nullable().exactOptional(),
  })
  .refine((said) => Object.keys(said).length > 0, { error: 'must say what to change' });

export const rotateInput = z.strictObject({
  overlap: duration(0, limits.keyOverlapMaxMs).default(limits.keyOverlapMs),
  expires_in: duration(1, limits.keyLifeMs).exactOptional(),
});

export const listInput = z.strictObject({
  limit: z.coerce
    .number({ error: 'must be a number' })
    .int({ error: 'must be a whole number' })
    .min(1, { error: 'must be at least 1' })
    .max(limits.keyPageMax, { error: `must be at most ${limits.keyPageMax}` })
    .default(20),
  after: z.string({ error: 'must be the id of a key' }).max(100).exactOptional(),
});

/** Each throws `invalid_request` that names the path of everything that is wrong. */
export const readCreateInput = reader(createInput);
export const readChangeInput = reader(changeInput);
export const readRotateInput = reader(rotateInput);
export const readListInput = reader(listInput);

function duration(minMs: number, maxMs: number) {
  const error =
    `must be a whole number with s, m, h or d, such as 12h or 30d, ` +
    `from ${minMs / 1_000}s to ${maxMs / 86_400_000}d`;
  return z.string({ error }).transform((text, { issues }) => {
    const ms = durationMs(text);
    if (ms !== undefined && ms >= minMs && ms <= maxMs) return ms;
    issues.push({ code: 'custom', input: text, message: error });
    return z.NEVER;
  });
}
