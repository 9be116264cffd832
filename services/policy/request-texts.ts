// The texts of a request in the order in which a model reads them, each with the rules that it is to be
// read for; a user's text with reminders in it is read in stretches where the rules differ in that.

import type { JsonString } from '../../shared/json/parse.ts';
import type { Place } from '../../shared/anthropic/text-fields.ts';
import type { ParsedRequest } from '../../shared/anthropic/parsed-request.ts';
import { reminderSegments } from '../../shared/anthropic/reminders.ts';
import type { PlaceRules, RuleSets, SetName } from './request-rules.ts';
import { latestTurn } from './scope.ts';

/** A text of the request, and what it is read for. */
export interface Text {
  readonly place: Place;
  readonly span: JsonString;
  readonly rules: PlaceRules;
}

/** Part of a text's value, in its units, that is read as one for the rules of one set. */
export interface Segment {
  readonly start: number;
  readonly end: number;
  readonly set: SetName;
}

/** Texts that no rule is for are left out. */
export function* textsOf(
  { text, root, textFields }: ParsedRequest,
  sets: RuleSets,
): Generator<Text> {
  if (root.kind !== 'object') return;
  const latest = latestTurn(text, root);
  for (const [index, span] of textFields.texts.entries()) {
    const place = textFields.places[index];
    if (!place) continue;
    const rules = sets.of(place.part, place.turn >= latest);
    if (!rules.isEmpty) yield { place, span, rules };
  }
}

/** The stretches of one text's value. */
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
