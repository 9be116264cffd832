// The input of a tool call in an answer: each text in it is judged by itself, as it is when the call
// comes back in the next request.

import { tryScanJson } from '../../../shared/json/parse.ts';
import { stringAt } from '../../../shared/json/edit.ts';
import { textFieldsOf } from '../../../shared/anthropic/text-fields.ts';
import type { ResponseGuard } from './response-guard.ts';

/** `json` may be cut short, and is judged as it stands then. Throws `policy_blocked`. */
export function judgeToolInput(guard: ResponseGuard, json: string): void {
  const root = tryScanJson(json);
  const texts = root ? textFieldsOf(json, root, 'free').texts : [];
  for (const text of root ? texts.map((span) => stringAt(json, span)) : [json]) {
    const reading = guard.reading('tool_use');
    reading.push(text);
    reading.end();
  }
}
