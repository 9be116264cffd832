// What documents are held against before they are kept: the rules of the scrubber, and what is known of
// texts that try to give orders to a model.

import type { Clock } from '../../shared/runtime/clock.ts';
import type { Limits } from '../../shared/limits.ts';
import { compilePolicy, type PolicyKit } from '../../shared/policy/compile.ts';
import { TextReader } from '../../shared/policy/text-reader.ts';
import type { Detection } from './detection.ts';
import { BlockedDocumentError, type ScreenPassage, type ScrubText } from '../rag/ingest/ingest.ts';
import { createRecognizer } from '../../shared/privacy/recognizer.ts';
import { rulesFor } from '../../shared/privacy/rules.ts';
import { TextFinder } from '../scrubber/text-finder.ts';
import { TextValue } from '../../shared/json/string-value.ts';

/**
 * Puts a fixed word in place of what the rules want replaced or redacted: a placeholder could not be
 * restored, as it would not be of the request that the document is put into.
 */
export function createScrubText(
  { rules, scanner }: Detection,
  clock: Clock,
  limits: Pick<Limits, 'scanCacheEntriesMax' | 'scanCacheCharsMin'>,
): ScrubText {
  const { recognizer } = rules;
  const recognize = recognizer ? createRecognizer(recognizer, clock) : undefined;
  const finder = new TextFinder({ scanner, recognize, limits });
  const own = rulesFor(rules, '');

  return async (text, timeSlice) => {
    const finds = await finder.find(new TextValue(JSON.stringify(text)), timeSlice);
    const chunks: string[] = [];
    let from = 0;
    for (const { at, value, entity } of finds.toSorted((one, other) => one.at - other.at)) {
      const action = own.actionOf(entity);
      if (action === 'block') throw new BlockedDocumentError(`The document holds ${entity}.`);
      if (action === 'allow') continue;
      chunks.push(text.slice(from, at), `[REDACTED_${entity}]`);
      from = at + value.length;
    }
    return chunks.join('') + text.slice(from);
  };
}

/** Policy's own pack for texts that come from somewhere else. */
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

export function createPassageScreen(kit: PolicyKit): ScreenPassage {
  const { rules, view } = compilePolicy(INJECTION, 'documents', kit);
  return async (text, timeSlice) => {
    // A passage is short enough to be read as one.
    const reader = new TextReader({ rules, view, step: Infinity, after: 0 });
    reader.push(text);
    reader.end();
    if (timeSlice.isDue()) await timeSlice.take();
    return reader.ruleMatches.some(({ ranges }) => ranges.length > 0);
  };
}
