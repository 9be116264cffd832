// Validates collection and document input of the admin API and the command line.

import * as z from 'zod';
import { INJECT_MODES } from '../../shared/retrieval/collections.ts';
import { durationMs } from '../../shared/runtime/duration.ts';
import { PAGE_MAX, reader } from './read-input.ts';

/** Also the name of its index file. */
const NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/;

export const collectionName = z.string({ error: 'must be text' }).regex(NAME, {
  error:
    'must have only lowercase letters, digits, - and _, at most 64, starting with a letter or digit',
});

const team = z
  .string({ error: 'must be text' })
  .trim()
  .min(1, { error: 'must not be empty' })
  .max(100, { error: 'must have at most 100 characters' });

const deadlineError = 'must be a duration such as 2s, from 1s to 20s';
const deadline = z.string({ error: deadlineError }).transform((sent, { issues }) => {
  const ms = durationMs(sent);
  if (ms !== undefined && ms >= 1_000 && ms <= 20_000) return { ms, sent };
  issues.push({ code: 'custom', input: sent, message: deadlineError });
  return z.NEVER;
});

const settings = {
  team: team.nullable().exactOptional(),
  scrub: z.boolean({ error: 'must be true or false' }),
  inject: z.enum(INJECT_MODES, { error: `must be one of ${INJECT_MODES.join(', ')}` }),
  citations: z.boolean({ error: 'must be true or false' }),
  passages_max: wholeNumber(1, 20),
  tokens_max: wholeNumber(100, 20_000),
  coverage_min: z.number({ error: 'must be a number from 0 to 1' }).min(0).max(1),
  deadline,
  on_error: z.enum(['open', 'closed'], { error: 'must be open or closed' }),
};

export const createInput = z.strictObject({
  name: collectionName,
  ...settings,
  scrub: settings.scrub.default(true),
  inject: settings.inject.default('search_result'),
  citations: settings.citations.default(true),
  passages_max: settings.passages_max.default(5),
  tokens_max: settings.tokens_max.default(2_000),
  coverage_min: settings.coverage_min.default(0.35),
  deadline: settings.deadline.default({ ms: 2_000, sent: '2s' }),
  on_error: settings.on_error.default('open'),
});

export const updateInput = z
  .strictObject({
    team: settings.team,
    scrub: settings.scrub.exactOptional(),
    inject: settings.inject.exactOptional(),
    citations: settings.citations.exactOptional(),
    passages_max: settings.passages_max.exactOptional(),
    tokens_max: settings.tokens_max.exactOptional(),
    coverage_min: settings.coverage_min.exactOptional(),
    deadline: settings.deadline.exactOptional(),
    on_error: settings.on_error.exactOptional(),
  })
  .refine((fields) => Object.keys(fields).length > 0, { error: 'must name a field to change' });

export const pageInput = z.strictObject({
  limit: z.coerce.number({ error: 'must be a number' }).pipe(wholeNumber(1, PAGE_MAX)).default(20),
  after: z.string({ error: 'must be the last_id of the previous page' }).max(100).exactOptional(),
});

export const dropInput = z.strictObject({
  force: z.enum(['true', 'false'], { error: 'must be true or false' }).default('false'),
});

/** Each throws `invalid_request` with the path of every issue. */
export const readCollectionInput = reader(createInput);
export const readCollectionUpdate = reader(updateInput);
export const readPageInput = reader(pageInput);
const readDrop = reader(dropInput);
export const readDropInput = (input: unknown) => ({ force: readDrop(input).force === 'true' });

export const documentName = z.strictObject({
  name: z
    .string({ error: 'must be the name of the file' })
    .min(1, { error: 'must not be empty' })
    .max(500, { error: 'must have at most 500 characters' })
    .regex(/^\P{Cc}*$/u, { error: 'must not have control characters' })
    .refine((name) => !name.startsWith('/') && !name.split('/').includes('..'), {
      error: 'must be a relative path without ..',
    }),
});
export const readDocumentName = reader(documentName);

function wholeNumber(min: number, max: number) {
  const error = `must be a whole number from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
}
