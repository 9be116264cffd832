import { tryScanJson } from '../../../shared/json/parse.ts';
import { stringAt } from '../../../shared/json/edit.ts';
import { textFieldsOf } from '../../../shared/anthropic/text-fields.ts';
import type { ResponseGuard } from './response-guard.ts';

/**
 * Evaluates each text of a tool call's input separately, as when the call returns in the next request.
 * @param json the input; evaluated as plain text if it is cut short
 * @throws `policy_blocked`
 */
export function evaluateToolInput(guard: ResponseGuard, json: string): void {
  const root = tryScanJson(json);
  const texts = root ? textFieldsOf(json, root, 'free').texts : [];
  for (const text of root ? texts.map((node) => stringAt(json, node)) : [json]) {
    const evaluation = guard.startEvaluation('tool_use');
    evaluation.push(text);
    evaluation.end();
  }
}
