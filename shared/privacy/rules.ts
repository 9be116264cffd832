// The operator's scrubber rules, checked at startup. By default, findings of tiers A and B are
// replaced and opaque content passes.

import { parse } from 'yaml';
import * as z from 'zod';
import { customSchema } from './detect/custom.ts';
import type { Topic } from './detect/detector.ts';
import { recognizerRules } from './recognizer/rules.ts';

export const ACTIONS = ['replace', 'redact', 'block', 'allow'] as const;

/**
 * - `replace`: send a placeholder and restore the value in the response.
 * - `redact`: send a fixed word and do not restore it.
 * - `block`: reject the request.
 * - `allow`: send the value.
 */
export type Action = (typeof ACTIONS)[number];

const action = z.enum(ACTIONS);
const entityName = z.string().regex(/^[A-Z][A-Z0-9_]*$/, 'must be an entity such as EMAIL_ADDRESS');

/**
 * - `off`: not searched for.
 * - `labelled`: where a label, a title or the place says what it is.
 * - `likely`: also where only the words suggest it.
 */
const level = z.enum(['off', 'labelled']);
const levelOfNames = z.enum(['off', 'labelled', 'likely']);
export type Level = z.infer<typeof levelOfNames>;

const choices = z.strictObject({
  /** Applies to entities not listed below. */
  default: action.exactOptional(),
  /** Action by entity, such as `EMAIL_ADDRESS: redact`. Listing an entity of tier C turns it on. */
  entities: z.record(entityName, action).exactOptional(),
  /** Applies to base64 documents and images, which are not scanned. */
  opaque: z.enum(['allow', 'block']).exactOptional(),
  /** Applies to values in JSON numbers, which become strings when they are replaced. */
  numbers: z.enum(['replace', 'block']).exactOptional(),
  /** Applies to personal data the model itself writes: ignored, counted in the log, or redacted. */
  responses: z.enum(['ignore', 'report', 'redact']).exactOptional(),
  /** Applies to placeholders that the model writes into URLs, which would carry values to their hosts. */
  restore_in_urls: z.enum(['named_hosts', 'never', 'always']).exactOptional(),
  /** How far names of people are searched for. */
  names: levelOfNames.exactOptional(),
  /** How far postal addresses are searched for. */
  addresses: level.exactOptional(),
  /** How far dates of birth are searched for. */
  dates_of_birth: level.exactOptional(),
  /** How far names of users' accounts are searched for, as in `/home/anna`. */
  user_names: level.exactOptional(),
});

const rulesFile = choices.extend({
  version: z.literal(1),
  /** The operator's detectors: word lists, or regular expressions in RE2 syntax. */
  custom: customSchema.exactOptional(),
  /** Also finds names and addresses, in the prose of every text of more than one word. */
  recognizer: recognizerRules.exactOptional(),
  /** Overrides by public key id. */
  keys: z.record(z.string(), choices).exactOptional(),
});

export type RulesFile = z.infer<typeof rulesFile>;

export interface Rules {
  actionOf(entity: string): Action;
  readonly opaque: 'allow' | 'block';
  readonly numbers: 'replace' | 'block';
  readonly responses: 'ignore' | 'report' | 'redact';
  readonly restoreInUrls: 'named_hosts' | 'never' | 'always';
}

export const DEFAULT_RULES: RulesFile = { version: 1 };

/** Parses YAML or JSON. Throws an Error that lists every issue with its path, never a value. */
export function readRules(text: string): RulesFile {
  const parsed = rulesFile.safeParse(parseYaml(text));
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(
    ({ path, message }) => `${path.join('.') || 'file'}: ${message}`,
  );
  throw new Error(`The scrubber rules are invalid: ${issues.join('; ')}`);
}

/** Returns the rules for one key: its overrides, then the general rules. */
export function rulesFor(file: RulesFile, keyId: string): Rules {
  const overrides = file.keys?.[keyId] ?? {};
  return {
    opaque: overrides.opaque ?? file.opaque ?? 'allow',
    numbers: overrides.numbers ?? file.numbers ?? 'replace',
    responses: overrides.responses ?? file.responses ?? 'report',
    restoreInUrls: overrides.restore_in_urls ?? file.restore_in_urls ?? 'named_hosts',
    actionOf: (entity) =>
      overrides.entities?.[entity] ??
      overrides.default ??
      file.entities?.[entity] ??
      file.default ??
      'replace',
  };
}

/** Returns the level of a topic for one key, or in general. */
export function levelOf(file: RulesFile, topic: Topic, keyId?: string): Level {
  const overrides = keyId === undefined ? undefined : file.keys?.[keyId];
  return overrides?.[topic] ?? file[topic] ?? 'labelled';
}

/** Returns the entities listed in any rule, which turns them on if they are opt-in. */
export function entitiesNamed(file: RulesFile): ReadonlySet<string> {
  const all = [file, ...Object.values(file.keys ?? {})];
  return new Set(all.flatMap(({ entities }) => Object.keys(entities ?? {})));
}

function parseYaml(text: string): unknown {
  try {
    return parse(text);
  } catch {
    throw new Error('The scrubber rules are invalid: the file is not YAML');
  }
}
