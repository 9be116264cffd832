// Searches the fields of a request for personal data and secrets, in the upstream's reading order.

import type { ParsedRequest } from '../../shared/anthropic/parsed-request.ts';
import type { TextRole } from '../../shared/anthropic/text-fields.ts';
import type { Place } from '../../shared/anthropic/text-place.ts';
import type { TextNode } from '../../shared/json/parse.ts';
import type { TextValue } from '../../shared/json/text-value.ts';
import {
  NO_FINDINGS,
  type TextFinder,
  type TextFinding,
} from '../../shared/privacy/text-finder.ts';
import type { TimeSlice } from '../../shared/runtime/time-slice.ts';
import type { RecurringFindings } from './recurring-findings.ts';
import type { RecurringValues } from './recurring-values.ts';
import { findInReference } from './schema-references.ts';

/** Findings handled between two yields: less than a millisecond. */
const SLICE_FINDINGS = 64;

/** The findings of one text; never empty. */
export interface FoundText {
  readonly node: TextNode;
  readonly role: TextRole;
  readonly findings: readonly TextFinding[];
}

export interface Search {
  readonly finder: TextFinder;
  /** Values found so far. */
  readonly recurring: RecurringValues;
  readonly recurringFindings: RecurringFindings;
  readonly timeSlice: TimeSlice;
}

/** Finds values in all fields: by detectors, then by comparison with values of earlier fields. */
export async function findAll(
  body: ParsedRequest,
  { finder, recurring, recurringFindings, timeSlice }: Search,
): Promise<FoundText[]> {
  const { texts, roles, paths, places } = body.textFields;
  await finder.recognizeAhead(searched(body), timeSlice);
  const detected: (readonly TextFinding[])[] = [];
  /** How many values were known after each text. */
  const known: number[] = [];
  for (const [index, node] of texts.entries()) {
    const text = body.textAt(node);
    const findings =
      roles[index] === 'reference'
        ? await findInReference(text, finder, timeSlice)
        : await finder.find(text, timeSlice, paths[index]?.words);
    if (findings.length > 0) await timeSlice.run(addAll(findings, recurring));
    else if (timeSlice.isDue()) await timeSlice.take();
    detected.push(findings);
    known.push(recurring.size);
  }
  const found: FoundText[] = [];
  for (const [index, node] of texts.entries()) {
    const text = body.textAt(node);
    const role = roles[index] ?? 'text';
    const findings = detected[index] ?? NO_FINDINGS;
    const more = ignoresEarlierValues(role)
      ? NO_FINDINGS
      : await timeSlice.run(
          recurringFindings.find(
            text,
            findings,
            recurring,
            known[index] ?? 0,
            isWrittenByModel(places[index]),
          ),
        );
    // `findInReference` has searched each name of a reference.
    if (findings === NO_FINDINGS && role !== 'reference') text.markClean(finder.scanner);
    if (findings.length + more.length > 0) {
      found.push({ node, role, findings: findings.concat(more) });
    }
    if (timeSlice.isDue()) await timeSlice.take();
  }
  const { identifiers, verbatim } = body.textFields;
  for (const [role, nodes] of [
    ['text', identifiers],
    ['used', verbatim],
  ] as const) {
    for (const node of nodes) {
      const findings = await finder.find(body.textAt(node), timeSlice);
      if (findings !== NO_FINDINGS) found.push({ node, role, findings });
      if (timeSlice.isDue()) await timeSlice.take();
    }
  }
  return found;
}

/** Texts that are searched as a whole, in the order of the search. */
function* searched(body: ParsedRequest): Generator<TextValue, void> {
  const { texts, roles, identifiers, verbatim } = body.textFields;
  for (const [index, node] of texts.entries()) {
    if (roles[index] !== 'reference') yield body.textAt(node);
  }
  for (const node of [...identifiers, ...verbatim]) yield body.textAt(node);
}

function* addAll(
  findings: readonly TextFinding[],
  recurring: RecurringValues,
): Generator<void, void> {
  for (const [index, finding] of findings.entries()) {
    recurring.add(finding);
    if (index % SLICE_FINDINGS === 0) yield;
  }
}

/** A model may write a placeholder right before or after letters, where its value was restored. */
function isWrittenByModel(place: Place | undefined): boolean {
  return place?.part === 'assistant' || place?.part === 'tool_use';
}

/** Names and references must be replaced alike everywhere, so values found earlier do not apply to them. */
function ignoresEarlierValues(role: TextRole): boolean {
  return role === 'name' || role === 'reference' || role === 'used';
}
