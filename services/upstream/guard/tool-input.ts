import { tryScanJson, type JsonNode, type TextNode } from '../../../shared/json/parse.ts';
import { TextValue } from '../../../shared/json/text-value.ts';
import type { EventJson } from '../../../shared/anthropic/sse/event-json.ts';
import { textFieldsOf } from '../../../shared/anthropic/text-fields.ts';
import type { ResponseGuard } from './response-guard.ts';

/**
 * Evaluates each text of a tool call's input separately, as when the call returns in the next request.
 * @throws `policy_blocked`
 */
export function evaluateToolInput(guard: ResponseGuard, texts: readonly string[]): void {
  for (const text of texts) {
    const evaluation = guard.startEvaluation('tool_use');
    evaluation.push(text);
    evaluation.end();
  }
}

/** The texts of an input in a message. */
export function inputTexts(json: EventJson, input: JsonNode): string[] {
  return textFieldsOf(json.text, input, 'free').texts.map((node) => valueOf(json.text, node));
}

/** The texts of an input that came in deltas; all of it as one text if it is cut short. */
export function streamedInputTexts(input: string): string[] {
  const root = tryScanJson(input);
  return root
    ? textFieldsOf(input, root, 'free').texts.map((node) => valueOf(input, node))
    : [input];
}

/** A string's value, or the digits of a number. */
function valueOf(text: string, { start, end }: TextNode): string {
  return new TextValue(text.slice(start, end)).value;
}
