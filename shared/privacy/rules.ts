// What is done with what is found: the operator's rules file, checked when the process starts. An
// absent file means the defaults: all of tiers A and B replaced, opaque content let through.

import { parse } from 'yaml';
import * as z from 'zod';
import { customSchema } from './detect/custom.ts';
import { recognizerRules } from './recognizer.ts';

export const ACTIONS = ['replace', 'redact', 'block', 'allow'] as const;

/**
 * - `replace`: a placeholder goes on, the value comes back in the answer.
 * - `redact`: a fixed word goes on, and comes back.
 * - `block`: the request is refused.
 * - `allow`: the value goes on.
 */
export type Action = (typeof ACTIONS)[number];

const action = z.enum(ACTIONS);
const entityName = z.string().regex(/^[A-Z][A-Z0-9_]*$/, 'must be an entity such as EMAIL_ADDRESS');

const choices = z.strictObject({
  /** For entities not named below. */
  default: action.exactOptional(),
  /** By entity, `EMAIL_ADDRESS: redact`. Naming an entity of tier C turns it on. */
  entities: z.record(entityName, action).exactOptional(),
  /** Base64 documents and images, which cannot be looked into. */
  opaque: z.enum(['allow', 'block']).exactOptional(),
  /** What the model writes of its own accord: not looked at, counted in the log, or redacted. */
  answers: z.enum(['ignore', 'report', 'redact']).exactOptional(),
});

const rulesFile = choices.extend({
  version: z.literal(1),
  /** Detectors of the operator's own: lists of words, or expressions that take linear time. */
  custom: customSchema.exactOptional(),
  /** Asked for names and addresses as well, of every text of more than one word. */
  recognizer: recognizerRules.exactOptional(),
  /** Other choices for single keys, by the public id of the key. */
  keys: z.record(z.string(), choices).exactOptional(),
});

export type RulesFile = z.infer<typeof rulesFile>;

export interface Rules {
  actionOf(entity: string): Action;
  readonly opaque: 'allow' | 'block';
  readonly answers: 'ignore' | 'report' | 'redact';
}

export const DEFAULT_RULES: RulesFile = { version: 1 };

/** Reads YAML or JSON; throws an Error that lists every fault with its path, never a value. */
export function readRules(text: string): RulesFile {
  const read = rulesFile.safeParse(parseYaml(text));
  if (read.success) return read.data;
  const faults = read.error.issues.map(
    ({ path, message }) => `${path.join('.') || 'file'}: ${message}`,
  );
  throw new Error(`The scrubber rules are not usable: ${faults.join('; ')}`);
}

/** The rules for one key: its own choices before the general ones. */
export function rulesFor(file: RulesFile, keyId: string): Rules {
  const own = file.keys?.[keyId] ?? {};
  return {
    opaque: own.opaque ?? file.opaque ?? 'allow',
    answers: own.answers ?? file.answers ?? 'report',
    actionOf: (entity) =>
      own.entities?.[entity] ?? own.default ?? file.entities?.[entity] ?? file.default ?? 'replace',
  };
}

/** Entities that some rule names, which turns them on where they are opt-in. */
export function entitiesNamed(file: RulesFile): ReadonlySet<string> {
  const all = [file, ...Object.values(file.keys ?? {})];
  return new Set(all.flatMap(({ entities }) => Object.keys(entities ?? {})));
}

function parseYaml(text: string): unknown {
  try {
    return parse(text);
  } catch {
    throw new Error('The scrubber rules are not usable: the file is not YAML');
  }
}
