// The texts of a request in the order in which a model reads them, each with the rules that it is to be
// read for; a user's text with reminders in it comes in stretches where the rules differ in that.

import type { StringSpan } from '../../shared/json-scan.ts';
import { stringAt } from '../../shared/json-splice.ts';
import type { Place } from '../../shared/leaves.ts';
import type { Rule } from '../../shared/policy/policy.ts';
import type { ReadBody } from '../../shared/read-body.ts';
import { RuleSets, type RuleSet } from './request-rules.ts';
import { latestTurn, segmentsOf } from './scope.ts';

/** A text, or a stretch of one, and the rules it is read for. */
export interface Text {
  readonly place: Place;
  readonly span: StringSpan;
  readonly value: string;
  /** Where the stretch begins in the text. */
  readonly from: number;
  readonly set: RuleSet;
}

export function* textsOf(
  { text, root, leaves }: ReadBody,
  rules: readonly Rule[],
): Generator<Text> {
  if (rules.length === 0 || root.kind !== 'object') return;
  const sets = new RuleSets(rules, latestTurn(text, root));
  const { texts, places } = leaves;
  for (const [index, span] of texts.entries()) {
    const place = places[index];
    if (!place) continue;
    const all = sets.of(place, 'all');
    const stretches =
      place.part === 'user' ? [sets.of(place, 'text'), sets.of(place, 'reminder')] : [];
    if (all.rules.length === 0 && stretches.every((set) => set.rules.length === 0)) continue;
    const value = stringAt(text, span);
    const common = { place, span };
    if (all.rules.length > 0) yield { ...common, value, from: 0, set: all };
    if (stretches.every((set) => set.rules.length === 0)) continue;
    for (const { start, end, isReminder } of segmentsOf(value, place)) {
      const set = sets.of(place, isReminder ? 'reminder' : 'text');
      if (set.rules.length > 0)
        yield { ...common, value: value.slice(start, end), from: start, set };
    }
  }
}
