// The scrubber worker: finds personal data and secrets in every text of a request, puts placeholders
// in their place by editing the original bytes, and sends the values home to the ingress alone. It
// is the only worker that may see raw data, and a request it cannot read does not go on.

import { createSecretKey } from 'node:crypto';
import type { Clock } from '../../shared/runtime/clock.ts';
import type { Scanner } from '../../shared/privacy/detect/scan.ts';
import { LlmpError } from '../../shared/errors.ts';
import { JsonBoundError, type JsonString } from '../../shared/json/parse.ts';
import type { Edit } from '../../shared/json/edit.ts';
import type { Limits } from '../../shared/limits.ts';
import { tenantKey } from '../../shared/privacy/placeholders.ts';
import { handOn, parseRequest, type ParsedRequest } from '../../shared/anthropic/parsed-request.ts';
import type { Outcome, ScrubberContext, Stage } from '../../shared/protocol/stage.ts';
import { encodeVault } from '../../shared/privacy/vault.ts';
import { TimeSlice } from '../../shared/runtime/time-slice.ts';
import { citationEdits, replacementsOf, type Replacement } from './citations.ts';
import { PlaceholderIssuer } from './placeholder-issuer.ts';
import { RecurringFindings } from './recurring-findings.ts';
import { RecurringValues } from './recurring-values.ts';
import type { TextFields } from '../../shared/anthropic/text-fields.ts';
import type { Recognize } from '../../shared/privacy/recognizer.ts';
import { rulesFor, type Rules, type RulesFile } from '../../shared/privacy/rules.ts';
import { NOTHING, TextFinder, type Find } from './text-finder.ts';

export interface ScrubberOptions {
  readonly scanner: Scanner;
  /** Finds what the scanner cannot, such as names; absent unless the rules name one. */
  readonly recognize?: Recognize;
  readonly rules: RulesFile;
  /** The key of all placeholders; the same in every replica. */
  readonly masterKey: Uint8Array;
  readonly clock: Clock;
  readonly limits: Pick<
    Limits,
    'timeSliceMs' | 'jsonDepthMax' | 'jsonValuesMax' | 'scanCacheEntriesMax' | 'scanCacheCharsMin'
  >;
}

export function createScrubber(options: ScrubberOptions): Stage<ScrubberContext> {
  const { scanner, recognize, limits } = options;
  const finder = new TextFinder({ scanner, recognize, limits });
  const recurringFindings = new RecurringFindings(limits);
  const masterKey = createSecretKey(options.masterKey);

  return async ({ meta, body }, { signal, sendVault }): Promise<Outcome> => {
    const read = readable(await body.read(signal), limits);
    const { text, textFields } = read;
    const rules = rulesFor(options.rules, meta.tenant);
    if (textFields.opaque > 0 && rules.opaque === 'block') {
      return blocked(
        'Images and documents in base64 are not allowed, as nobody can look into them.',
      );
    }
    const timeSlice = new TimeSlice(options.clock, limits.timeSliceMs, signal);
    const found = await findAll(read, finder, recurringFindings, timeSlice);
    const refused = firstBlocked(found, rules);
    if (refused !== undefined) {
      return blocked(`The request holds data of the kind ${refused}, which is not allowed.`);
    }
    const issue = new PlaceholderIssuer(() => tenantKey(masterKey, meta.tenant));
    const edits = editsOf(found, rules, issue);
    // The worker beside may want to read it, too.
    handOn(read);
    if (edits.length === 0 && textFields.opaque === 0) return { kind: 'pass' };
    const documents = documentReplacements(text, textFields, edits);
    sendVault(
      encodeVault({
        values: issue.values,
        counts: issue.counts,
        opaque: textFields.opaque,
        documents: Object.fromEntries(documents),
      }),
    );
    return {
      kind: 'pass',
      edits: [...edits, ...citationEdits(text, textFields.citations, documents)],
    };
  };
}

function readable(bytes: Uint8Array, limits: ScrubberOptions['limits']): ParsedRequest {
  try {
    return parseRequest(bytes, limits);
  } catch (error) {
    if (!(error instanceof JsonBoundError)) throw new LlmpError('invalid_json');
    throw new LlmpError('invalid_request', 'body: more values, or deeper, than the gateway allows');
  }
}

type Found = readonly [JsonString, readonly Find[]];

async function findAll(
  body: ParsedRequest,
  finder: TextFinder,
  recurringFindings: RecurringFindings,
  timeSlice: TimeSlice,
): Promise<Found[]> {
  const found: Found[] = [];
  const known = new RecurringValues();
  for (const span of body.textFields.texts) {
    const text = body.textAt(span);
    const finds = await finder.find(text, timeSlice);
    for (const find of finds) known.add(find);
    const more = recurringFindings.find(body, span, finds, known);
    if (finds === NOTHING) text.noteClean(finder.scanner);
    if (finds !== NOTHING || more !== NOTHING) found.push([span, [...finds, ...more]]);
    if (timeSlice.isDue()) await timeSlice.take();
  }
  return found;
}

function firstBlocked(found: readonly Found[], rules: Rules): string | undefined {
  for (const [, finds] of found) {
    const hit = finds.find(({ entity }) => rules.actionOf(entity) === 'block');
    if (hit) return hit.entity;
  }
  return undefined;
}

function editsOf(found: readonly Found[], rules: Rules, issue: PlaceholderIssuer): Edit[] {
  const edits: Edit[] = [];
  for (const [span, finds] of found) {
    for (const find of finds) {
      const action = rules.actionOf(find.entity);
      if (action === 'allow') continue;
      if (action === 'redact') issue.count(find.entity);
      // Neither form needs escaping inside a JSON string.
      const text = action === 'redact' ? `[REDACTED_${find.entity}]` : issue.replace(find);
      edits.push({ start: span.start + find.start, end: span.start + find.end, text });
    }
  }
  return edits;
}

function documentReplacements(
  text: string,
  { documents }: TextFields,
  edits: readonly Edit[],
): Map<string, Replacement[]> {
  const byIndex = new Map<string, Replacement[]>();
  for (const [index, span] of documents.entries()) {
    if (!span) continue;
    const within = edits.filter(({ start, end }) => start >= span.start && end <= span.end);
    if (within.length > 0) byIndex.set(String(index), replacementsOf(text, span, within));
  }
  return byIndex;
}

function blocked(message: string): Outcome {
  return { kind: 'refuse', error: new LlmpError('policy_blocked', message) };
}
