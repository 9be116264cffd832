// Client of a remote recognizer for names, addresses and organisations, which rules cannot find:
// the HTTP API of Microsoft Presidio's analyzer (POST /analyze). It fails closed.

import * as z from 'zod';
import { withDeadline, type Clock } from '../runtime/clock.ts';
import type { Detector, Finding } from './detect/detector.ts';
import { UNNAMED_LABEL } from './detect/scan.ts';
import { LlmpError } from '../errors.ts';

export const recognizerRules = z.strictObject({
  /** Base URL of the analyzer. */
  url: z.url({ protocol: /^https?$/ }),
  language: z.string().default('en'),
  /** Entities to request; all of the analyzer's entities by default. */
  entities: z
    .array(z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,62}$/, 'must be an entity such as PERSON'))
    .exactOptional(),
  /** Findings below this score (0 to 1) are ignored. */
  score_min: z.number().min(0).max(1).default(0.5),
  deadline_ms: z.int().positive().default(2_000),
});

export type RecognizerRules = z.infer<typeof recognizerRules>;

/** Returns the findings in a text. Rejects with `stage_failed` on any error or timeout. */
export type Recognize = (text: string, signal: AbortSignal) => Promise<Finding[]>;

const analysis = z.array(
  z.looseObject({
    entity_type: z.string(),
    start: z.int().nonnegative(),
    end: z.int().nonnegative(),
    score: z.number(),
  }),
);

export function createRecognizer(rules: RecognizerRules, clock: Clock): Recognize {
  const { url, language, entities, score_min: scoreMin, deadline_ms: deadlineMs } = rules;
  const endpoint = `${url.replace(/\/+$/, '')}/analyze`;

  return async (text, signal) => {
    try {
      const found = await withDeadline(clock, deadlineMs, signal, async (deadline) => {
        const response = await fetch(endpoint, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ text, language, ...(entities ? { entities } : {}) }),
          signal: deadline,
          redirect: 'error',
        });
        if (!response.ok) throw new Error(`the recognizer returned status ${response.status}`);
        return analysis.parse(await response.json());
      });
      const offsetAt = offsetsByCodePoint(text);
      return found
        .filter(({ score, start, end }) => score >= scoreMin && start < end)
        .map(({ entity_type: entity, start, end }) => ({
          start: offsetAt(start),
          end: offsetAt(end),
          detector: remoteDetector(entityName(entity)),
        }));
    } catch (cause) {
      throw new LlmpError('stage_failed', 'The recognizer of names failed.', { cause });
    }
  };
}

const UNNAMED_ENTITY = 'UNNAMED';

/**
 * The analyzer's name of an entity as rules, headers and logs know it: `date of birth` becomes
 * `DATE_OF_BIRTH`, and a name without ASCII letters `UNNAMED`.
 */
function entityName(name: string): string {
  if (/^[A-Z][A-Z0-9_]{0,62}$/.test(name)) return name;
  const words = name.toUpperCase().replace(/[^A-Z0-9]+/g, '_');
  return (
    words
      .replace(/^[_0-9]+/, '')
      .slice(0, 63)
      .replace(/_+$/, '') || UNNAMED_ENTITY
  );
}

/** Carries entity and label of a remote finding; it detects nothing itself. */
function remoteDetector(entity: string): Detector {
  return { entity, label: UNNAMED_LABEL, tier: 'C', triggers: [], find: () => undefined };
}

/** Converts the analyzer's code point offsets to UTF-16 offsets. */
function offsetsByCodePoint(text: string): (codePoint: number) => number {
  if (!/[\ud800-\udfff]/.test(text)) return (codePoint) => Math.min(codePoint, text.length);
  const starts: number[] = [];
  let at = 0;
  for (const character of text) {
    starts.push(at);
    at += character.length;
  }
  return (codePoint) => starts[codePoint] ?? text.length;
}
