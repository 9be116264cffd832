// Built-in matchers for well-known attacks.

import * as z from 'zod';
import type { MatcherContext, TextMatcher } from '../matcher.ts';
import { codeExecution } from '../packs/code-execution.ts';
import { invisibleText } from '../packs/invisible-text.ts';
import { JAILBREAK } from '../packs/jailbreak.ts';
import { phraseMatcher } from '../packs/phrases.ts';
import { PROMPT_INJECTION } from '../packs/prompt-injection.ts';

const PACKS = ['prompt_injection', 'jailbreak', 'invisible_text', 'code_execution'] as const;

const schema = z.strictObject({
  type: z.literal('pack'),
  pack: z.enum(PACKS, { error: `must be one of ${PACKS.join(', ')}` }),
});

export const packMatcher = { schema, compile };

function compile({ pack }: z.output<typeof schema>, context: MatcherContext): TextMatcher {
  switch (pack) {
    case 'prompt_injection':
      return phraseMatcher(PROMPT_INJECTION, context);
    case 'jailbreak':
      return phraseMatcher(JAILBREAK, context);
    case 'invisible_text':
      return invisibleText(context);
    case 'code_execution':
      return codeExecution(context);
  }
}
