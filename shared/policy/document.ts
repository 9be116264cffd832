// How a policy is written: the schema of a policy file, from which the JSON Schema for editors is made.
// Strict throughout: a misspelt field that is silently ignored would be a rule that is not kept.

import * as z from 'zod';
import { TEXT_FIELD_PARTS } from '../anthropic/text-fields.ts';
import { globs } from './glob.ts';
import { matcherSchema } from './matchers.ts';

/**
 * What a rule can look at: the parts of a request, and `reminder`, the `<system-reminder>` blocks that
 * Claude Code puts into the turns of its user.
 */
export const PARTS = [...TEXT_FIELD_PARTS, 'reminder'] as const;
export type Part = (typeof PARTS)[number];

/** Of what a model writes. */
export const ANSWER_PARTS: readonly Part[] = ['assistant', 'tool_use'];

export const ACTIONS = ['allow', 'flag', 'redact', 'block'] as const;
/** In the order of their strength: the strongest of all rules that hit is what happens. */
export type Action = (typeof ACTIONS)[number];

/** Longest text of a stream that is held back. */
const WINDOW_UNITS_MAX = 4_096;

const id = z
  .string({ error: 'must be text' })
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, { error: 'must be of small letters, digits and hyphens' });

const matchers = z
  .array(matcherSchema, { error: 'must be a list of matchers' })
  .min(1, { error: 'must not be empty; leave it out' })
  .max(100, { error: 'must have at most 100 matchers' });

const match = z
  .strictObject({
    /** One of these must hold. */
    any: matchers.exactOptional(),
    /** Each of these must hold, those about texts in the same text. */
    all: matchers.exactOptional(),
    /** Excuses matches that it stands beside. */
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
  /** Whom it is for; all that are named must fit. */
  when: z
    .strictObject({
      keys: globs.exactOptional(),
      teams: globs.exactOptional(),
      models: globs.exactOptional(),
    })
    .exactOptional(),
  scope: z
    .strictObject({
      /** All of them without. */
      parts: z
        .array(z.enum(PARTS, { error: `must be some of ${PARTS.join(', ')}` }))
        .min(1, { error: 'must name a part; leave it out for all' })
        .max(PARTS.length)
        .exactOptional(),
      /** Only what came after the model's last word. */
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
      /** `hold`: nothing of what is not allowed is sent. `cut`: no delay; it ends where it was found. */
      mode: z.enum(['hold', 'cut'], { error: 'must be hold or cut' }).default('hold'),
      /** Units of text held back; as long as the longest match, at most 512, without. */
      window: z
        .int({ error: 'must be a whole number' })
        .min(16, { error: 'must be at least 16' })
        .max(WINDOW_UNITS_MAX, { error: `must be at most ${WINDOW_UNITS_MAX}` })
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
  /** Of this language. */
  version: z.literal(1, { error: 'must be 1' }),
  description: z.string().max(1_000).exactOptional(),
  /** `monitor`: what would happen is recorded, and nothing happens. */
  mode: z.enum(['enforce', 'monitor'], { error: 'must be enforce or monitor' }).default('enforce'),
  /** What becomes of a request that a webhook or judge did not answer for: refused, or let through. */
  on_error: z.enum(['closed', 'open'], { error: 'must be closed or open' }).default('closed'),
  lists: z.record(id, words).default({}),
  rules: z
    .array(rule, { error: 'must be a list of rules' })
    .max(500, { error: 'must have at most 500 rules' }),
});

export type PolicyDocument = z.output<typeof policySchema>;
export type RuleDocument = PolicyDocument['rules'][number];
