// The input of a tool call in an answer: each text in it is judged by itself, as it is when the call
// comes back in the next request.

import { scannedJson } from '../../../shared/json/parse.ts';
import { stringAt } from '../../../shared/json/edit.ts';
import { leavesOf } from '../../../shared/anthropic/text-fields.ts';
import type { AnswerPolice } from './response-guard.ts';

/** `json` may be cut short, and is judged as it stands then. Throws `policy_blocked`. */
export function judgeToolInput(police: AnswerPolice, json: string): void {
  const root = scannedJson(json);
  const texts = root ? leavesOf(json, root, 'free').texts : [];
  for (const text of root ? texts.map((span) => stringAt(json, span)) : [json]) {
    const reading = police.reading('tool_use');
    reading.push(text);
    reading.end();
  }
}
