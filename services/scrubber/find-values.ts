// Searches the fields of a request for personal data and secrets, in the upstream's reading order.

import type { ParsedRequest } from '../../shared/anthropic/parsed-request.ts';
import type { TextRole } from '../../shared/anthropic/text-fields.ts';
import type { Place } from '../../shared/anthropic/text-place.ts';
import type { TextNode } from '../../shared/json/parse.ts';
import type { TextValue } from '../../shared/json/text-value.ts';
import {
  NO_FINDINGS,
  type Recognized,
  type TextFinder,
  type TextFinding,
} from '../../shared/privacy/text-finder.ts';
import type { TimeSlice } from '../../shared/runtime/time-slice.ts';
import type { RecurringFindings } from './recurring-findings.ts';
import type { RecurringValues } from './recurring-values.ts';
import { findInReference, namesIn } from './schema-references.ts';

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
export async function findAll(body: ParsedRequest, search: Search): Promise<FoundText[]> {
  const { finder, timeSlice } = search;
  const recognized = await finder.recognizeAhead(searched(body), timeSlice);
  const detected = await timeSlice.run(detectedSteps(body, search, recognized));
  const found: FoundText[] = [];
  await timeSlice.run(recurringSteps(body, search, detected, found));
  await timeSlice.run(unchangedSteps(body, finder, recognized, found));
  return found;
}

/** What detectors find. */
interface Detected {
  /** By text. */
  readonly findings: (readonly TextFinding[])[];
  /** How many values were known after each text. */
  readonly known: number[];
}

/** Texts searched between two yields, if nothing is found in them. */
const STEP_TEXTS = 64;

function* detectedSteps(
  body: ParsedRequest,
  { finder, recurring }: Search,
  recognized: Recognized,
): Generator<void, Detected> {
  const { texts, roles, paths } = body.textFields;
  const detected: Detected = { findings: [], known: [] };
  for (const [index, node] of texts.entries()) {
    const text = body.textAt(node);
    const findings =
      roles[index] === 'reference'
        ? yield* findInReference(text, finder, recognized)
        : yield* finder.findSteps(text, paths[index]?.words, recognized);
    if (findings.length > 0) yield* addAll(findings, recurring);
    else if (index % STEP_TEXTS === 0) yield;
    detected.findings.push(findings);
    detected.known.push(recurring.size);
  }
  return detected;
}

/** Adds to `found` what detectors find in each text, and which of the earlier values are in it. */
function* recurringSteps(
  body: ParsedRequest,
  { finder, recurring, recurringFindings }: Search,
  detected: Detected,
  found: FoundText[],
): Generator<void, void> {
  const { texts, roles, places } = body.textFields;
  for (const [index, node] of texts.entries()) {
    const text = body.textAt(node);
    const role = roles[index] ?? 'text';
    const findings = detected.findings[index] ?? NO_FINDINGS;
    const known = detected.known[index] ?? 0;
    const more =
      known === 0 || ignoresEarlierValues(role)
        ? NO_FINDINGS
        : yield* recurringFindings.find(
            text,
            findings,
            recurring,
            known,
            isWrittenByModel(places[index]),
          );
    // `findInReference` has searched each name of a reference.
    if (findings === NO_FINDINGS && role !== 'reference') text.markClean(finder.scanner);
    if (findings.length + more.length > 0) {
      found.push({ node, role, findings: findings.concat(more) });
    }
    if (index % STEP_TEXTS === 0) yield;
  }
}

/** The same for texts in which nothing recurs. */
function* unchangedSteps(
  body: ParsedRequest,
  finder: TextFinder,
  recognized: Recognized,
  found: FoundText[],
): Generator<void, void> {
  const { identifiers, verbatim } = body.textFields;
  for (const [role, nodes] of [
    ['text', identifiers],
    ['used', verbatim],
  ] as const) {
    for (const [index, node] of nodes.entries()) {
      const findings = yield* finder.findSteps(body.textAt(node), undefined, recognized);
      if (findings !== NO_FINDINGS) found.push({ node, role, findings });
      if (index % STEP_TEXTS === 0) yield;
    }
  }
}

/** What is searched, in the order of the search. */
function* searched(body: ParsedRequest): Generator<TextValue, void> {
  const { texts, roles, identifiers, verbatim } = body.textFields;
  for (const [index, node] of texts.entries()) {
    if (roles[index] === 'reference') yield* namesIn(body.textAt(node));
    else yield body.textAt(node);
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
