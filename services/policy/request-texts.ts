// The text fields of a request, in the order in which a model reads them, with the rules for each.

import { property, textProperty } from '../../shared/json/edit.ts';
import type { JsonNode, TextNode } from '../../shared/json/parse.ts';
import type { Place } from '../../shared/anthropic/text-fields.ts';
import type { ParsedRequest } from '../../shared/anthropic/parsed-request.ts';
import { reminderSegments } from '../../shared/anthropic/reminders.ts';
import type { PlaceRules, RuleSets, SetName } from './request-rules.ts';

export interface RequestText {
  readonly place: Place;
  readonly node: TextNode;
  readonly rules: PlaceRules;
  /** Whether the upstream uses it and nobody reads it; see `remote-text.ts`. */
  readonly isUsed: boolean;
}

/** A range of a decoded text that is evaluated with one rule set. */
export interface Segment {
  readonly start: number;
  readonly end: number;
  readonly set: SetName;
}

/** Texts without rules between two yields: less than a millisecond. */
const STEP_TEXTS = 1_024;

/** The text fields that have rules; now and then `undefined` in a long row of others. */
export function* textsOf(
  { text, root, textFields }: ParsedRequest,
  sets: RuleSets,
): Generator<RequestText | undefined> {
  if (root.kind !== 'object') return;
  const latest = latestTurn(text, root);
  for (const [index, node] of textFields.texts.entries()) {
    const place = textFields.places[index];
    if (!place) continue;
    const rules = sets.of(place.part, place.turn >= latest);
    if (!rules.isEmpty) yield { place, node, rules, isUsed: textFields.roles[index] === 'used' };
    else if (index % STEP_TEXTS === 0) yield undefined;
  }
}

/**
 * Index of the first message of the latest turn, which follows the last assistant message. A prefilled
 * response at the very end belongs to that turn.
 */
function latestTurn(text: string, root: JsonNode): number {
  const messages = property(root, text, 'messages');
  if (messages?.kind !== 'array') return 0;
  const isAssistant = messages.items.map(
    (item) => textProperty(item, text, 'role') === 'assistant',
  );
  const lastInput = isAssistant.lastIndexOf(false);
  return lastInput < 0 ? 0 : isAssistant.lastIndexOf(true, lastInput) + 1;
}

/** Splits a text where rules differ between reminders and other text. */
export function segmentsOf(value: string, { all, text, reminder }: PlaceRules): Segment[] {
  const segments: Segment[] = [];
  if (all.rules.length > 0) segments.push({ start: 0, end: value.length, set: 'all' });
  if (text.rules.length + reminder.rules.length === 0) return segments;
  for (const { start, end, isReminder } of reminderSegments(value)) {
    const set = isReminder ? reminder : text;
    if (set.rules.length > 0) segments.push({ start, end, set: isReminder ? 'reminder' : 'text' });
  }
  return segments;
}
