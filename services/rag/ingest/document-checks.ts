import type { ScanLimits } from '../../../shared/limits.ts';
import { TextValue } from '../../../shared/json/text-value.ts';
import { compilePolicy, type PolicyContext } from '../../../shared/policy/compile.ts';
import { TextReader } from '../../../shared/policy/text-reader.ts';
import type { Detection } from '../../../shared/privacy/detection.ts';
import { createRecognizer } from '../../../shared/privacy/recognizer.ts';
import { rulesFor } from '../../../shared/privacy/rules.ts';
import { TextFinder } from '../../../shared/privacy/text-finder.ts';
import type { Clock } from '../../../shared/runtime/clock.ts';
import { BlockedDocumentError, type ScreenPassage, type ScrubText } from './ingest.ts';

/**
 * Replaces findings with a fixed word, never a placeholder: a placeholder belongs to one request, and
 * the requests that later quote this document could not restore it.
 */
export function createScrubText(
  { rules, scanner }: Detection,
  clock: Clock,
  limits: ScanLimits,
): ScrubText {
  const { recognizer } = rules;
  const recognize = recognizer ? createRecognizer(recognizer, clock) : undefined;
  const finder = new TextFinder({ scanner, recognize, limits });
  const documentRules = rulesFor(rules, '');

  return async (text, timeSlice) => {
    const findings = await finder.find(new TextValue(JSON.stringify(text)), timeSlice);
    const chunks: string[] = [];
    let from = 0;
    for (const { at, value, entity } of findings.toSorted((one, other) => one.at - other.at)) {
      const action = documentRules.actionOf(entity);
      if (action === 'block') throw new BlockedDocumentError(`The document holds ${entity}.`);
      if (action === 'allow') continue;
      chunks.push(text.slice(from, at), `[REDACTED_${entity}]`);
      from = at + value.length;
    }
    return chunks.join('') + text.slice(from);
  };
}

/** A policy with the shipped pack of prompt injections. */
const INJECTION = {
  version: 1,
  rules: [
    {
      id: 'injection',
      match: { any: [{ type: 'pack', pack: 'prompt_injection' }] },
      action: 'block',
    },
  ],
};

export function createPassageScreen(context: PolicyContext): ScreenPassage {
  const { rules, view } = compilePolicy(INJECTION, 'documents', context);
  return async (text, timeSlice) => {
    // Passages are short enough to match in one step.
    const reader = new TextReader({ rules, view, step: Infinity, after: 0 });
    reader.push(text);
    reader.end();
    if (timeSlice.isDue()) await timeSlice.take();
    return reader.ruleMatches.some(({ ranges }) => ranges.length > 0);
  };
}
