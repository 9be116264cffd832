// The schema of a policy file; the JSON Schema for editors is generated from it. Strict throughout,
// because a misspelt field that is ignored would be a rule that is not enforced.

import * as z from 'zod';
import { TEXT_FIELD_PARTS } from '../anthropic/text-fields.ts';
import { globs } from './glob.ts';
import { matcherSchema } from './matchers.ts';

/**
 * Parts of a request that a rule can inspect, and `reminder`, the `<system-reminder>` blocks that
 * Claude Code adds to user turns.
 */
export const PARTS = [...TEXT_FIELD_PARTS, 'reminder'] as const;
export type Part = (typeof PARTS)[number];

/** Parts of a response. */
export const RESPONSE_PARTS: readonly Part[] = ['assistant', 'tool_use'];

export const ACTIONS = ['allow', 'flag', 'redact', 'block'] as const;
/** Weakest first: of all rules that match, the strongest action applies. */
export type Action = (typeof ACTIONS)[number];

/** Maximum characters of a stream that are held back. */
const WINDOW_CHARS_MAX = 4_096;

const id = z.string({ error: 'must be text' }).regex(/^[a-z0-9][a-z0-9-]{0,62}$/, {
  error: 'must consist of lower-case letters, digits and hyphens',
});

const matchers = z
  .array(matcherSchema, { error: 'must be a list of matchers' })
  .min(1, { error: 'must not be empty; leave it out' })
  .max(100, { error: 'must have at most 100 matchers' });

const match = z
  .strictObject({
    /** At least one of these must match. */
    any: matchers.exactOptional(),
    /** Each of these must match; text matchers must match in the same text. */
    all: matchers.exactOptional(),
    /** Exceptions: matches near one of these do not count. */
    unless: matchers.exactOptional(),
  })
  .refine(({ any, all }) => any !== undefined || all !== undefined, {
    error: 'must have any or all',
  });

const rule = z.strictObject({
  id,
  description: z.string().max(1_000).exactOptional(),
  enabled: z.boolean({ error: 'must be true or false' }).default(true),
  on: z
    .enum(['request', 'response', 'both'], { error: 'must be request, response or both' })
    .default('request'),
  /** Restricts the rule to callers; all given fields must match. */
  when: z
    .strictObject({
      keys: globs.exactOptional(),
      teams: globs.exactOptional(),
      models: globs.exactOptional(),
    })
    .exactOptional(),
  scope: z
    .strictObject({
      /** All parts by default. */
      parts: z
        .array(z.enum(PARTS, { error: `must be some of ${PARTS.join(', ')}` }))
        .min(1, { error: 'must name a part; leave it out for all' })
        .max(PARTS.length)
        .exactOptional(),
      /** Only content after the last assistant turn. */
      latest_turn_only: z.boolean({ error: 'must be true or false' }).default(false),
    })
    .exactOptional(),
  match,
  action: z.enum(ACTIONS, { error: `must be one of ${ACTIONS.join(', ')}` }),
  severity: z
    .enum(['low', 'medium', 'high', 'critical'], {
      error: 'must be low, medium, high or critical',
    })
    .default('medium'),
  /** Shown to the client. */
  message: z
    .string()
    .trim()
    .min(1)
    .max(500, { error: 'must have at most 500 characters' })
    .regex(/^\P{Cc}*$/u, { error: 'must not have control characters' })
    .exactOptional(),
  stream: z
    .strictObject({
      /** `hold`: text is sent once checked. `cut`: no delay; the stream ends at the match. */
      mode: z.enum(['hold', 'cut'], { error: 'must be hold or cut' }).default('hold'),
      /** Characters held back; by default the longest match, at most 512. */
      window: z
        .int({ error: 'must be a whole number' })
        .min(16, { error: 'must be at least 16' })
        .max(WINDOW_CHARS_MAX, { error: `must be at most ${WINDOW_CHARS_MAX}` })
        .exactOptional(),
    })
    .exactOptional(),
});

const words = z
  .array(z.string({ error: 'must be text' }).trim().min(1).max(200))
  .min(1, { error: 'must not be empty' })
  .max(10_000, { error: 'must have at most 10000 words' });

export const policySchema = z.strictObject({
  $schema: z.string().exactOptional(),
  /** Version of this schema. */
  version: z.literal(1, { error: 'must be 1' }),
  description: z.string().max(1_000).exactOptional(),
  /** `monitor`: record what would happen without enforcing it. */
  mode: z.enum(['enforce', 'monitor'], { error: 'must be enforce or monitor' }).default('enforce'),
  /** Whether a request is rejected or passes if a webhook or judge fails. */
  on_error: z.enum(['closed', 'open'], { error: 'must be closed or open' }).default('closed'),
  lists: z.record(id, words).default({}),
  rules: z
    .array(rule, { error: 'must be a list of rules' })
    .max(500, { error: 'must have at most 500 rules' }),
});

export type PolicyDocument = z.output<typeof policySchema>;
export type RuleDocument = PolicyDocument['rules'][number];
