import { tryScanJson, type JsonNode, type TextNode } from '../../../shared/json/parse.ts';
import { TextValue } from '../../../shared/json/text-value.ts';
import type { EventJson } from '../../../shared/anthropic/sse/event-json.ts';
import { textFieldSteps } from '../../../shared/anthropic/text-fields.ts';
import type { ResponseGuard } from './response-guard.ts';

/**
 * Evaluates each text of a tool call's input separately, as when the call returns in the next request.
 * @throws `policy_blocked`
 */
export function* evaluateToolInput(
  guard: ResponseGuard,
  texts: Iterable<string | undefined>,
): Generator<void, void> {
  for (const text of texts) {
    yield;
    if (text === undefined) continue;
    const evaluation = guard.startEvaluation('tool_use');
    for (let at = 0; at === 0 || at < text.length; at += STEP_CHARS) {
      if (at > 0) yield;
      evaluation.push(text.slice(at, at + STEP_CHARS));
    }
    evaluation.end();
  }
}

/** Characters evaluated between two yields: some milliseconds with many rules. */
const STEP_CHARS = 8_192;

/** The texts of an input in a message, with `undefined` after each step of finding them. */
export function inputTexts(json: EventJson, input: JsonNode): Generator<string | undefined> {
  return textsIn(json.text, input);
}

/** The texts of an input that came in deltas, as above; all of it as one text if it is cut short. */
export function* streamedInputTexts(input: string): Generator<string | undefined> {
  const root = tryScanJson(input);
  if (root) yield* textsIn(input, root);
  else yield input;
}

function* textsIn(text: string, root: JsonNode): Generator<string | undefined> {
  const steps = textFieldSteps(text, root, 'free');
  let step = steps.next();
  for (; !step.done; step = steps.next()) yield undefined;
  for (const node of step.value.texts) yield valueOf(text, node);
}

/** A string's value, or the digits of a number. */
function valueOf(text: string, { start, end }: TextNode): string {
  return new TextValue(text.slice(start, end)).value;
}
