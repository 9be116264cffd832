// A remote recognizer for what rules and checksums cannot find: names, addresses, organisations. It
// speaks the HTTP API of Microsoft Presidio's analyzer (POST /analyze), is off by default, has a
// deadline, and fails closed: a text it did not judge does not go on.

import * as z from 'zod';
import { withDeadline, type Clock } from '../runtime/clock.ts';
import type { Detector, Finding } from './detect/detector.ts';
import { UNNAMED_LABEL } from './detect/scan.ts';
import { LlmpError } from '../errors.ts';

/** The recognizer as the rules file names it. */
export const recognizerRules = z.strictObject({
  /** Base URL of the analyzer. */
  url: z.url({ protocol: /^https?$/ }),
  language: z.string().default('en'),
  /** Entities asked for; all that the analyzer knows without it. */
  entities: z.array(z.string()).exactOptional(),
  /** Findings below this score, 0 to 1, are ignored. */
  scoreMin: z.number().min(0).max(1).default(0.5),
  deadlineMs: z.int().positive().default(2_000),
});

export type RecognizerRules = z.infer<typeof recognizerRules>;

/** Findings in a text; rejects with `stage_failed` when they cannot be had in time. */
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
  const { url, language, entities, scoreMin, deadlineMs } = rules;
  const endpoint = `${url.replace(/\/+$/, '')}/analyze`;

  return async (text, signal) => {
    try {
      const found = await withDeadline(clock, deadlineMs, signal, async (inTime) => {
        const response = await fetch(endpoint, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ text, language, ...(entities ? { entities } : {}) }),
          signal: inTime,
          redirect: 'error',
        });
        if (!response.ok) throw new Error(`the recogniser answered ${response.status}`);
        return analysis.parse(await response.json());
      });
      const unitAt = unitsByCodePoint(text);
      return found
        .filter(({ score, start, end }) => score >= scoreMin && start < end)
        .map(({ entity_type: entity, start, end }) => ({
          start: unitAt(start),
          end: unitAt(end),
          detector: remoteDetector(entity),
        }));
    } catch (cause) {
      throw new LlmpError('stage_failed', 'The recogniser of names did not answer.', { cause });
    }
  };
}

/** Stands for the recognizer where findings are settled and counted; it finds nothing by itself. */
function remoteDetector(entity: string): Detector {
  return { entity, label: UNNAMED_LABEL, tier: 'C', triggers: [], find: () => undefined };
}

/** The analyzer counts code points, JavaScript UTF-16 units. */
function unitsByCodePoint(text: string): (codePoint: number) => number {
  if (!/[\ud800-\udfff]/.test(text)) return (codePoint) => Math.min(codePoint, text.length);
  const starts: number[] = [];
  let at = 0;
  for (const character of text) {
    starts.push(at);
    at += character.length;
  }
  return (codePoint) => starts[codePoint] ?? text.length;
}
