// The scrubber stage replaces personal data and secrets in a request with placeholders and sends their
// values only to the ingress. No other stage sees raw data, and unparsable requests are rejected.

import { createSecretKey } from 'node:crypto';
import type { Clock } from '../../shared/runtime/clock.ts';
import type { Scanner } from '../../shared/privacy/detect/scan.ts';
import { LlmpError } from '../../shared/errors.ts';
import { JsonBoundError, type TextNode } from '../../shared/json/parse.ts';
import type { Edit } from '../../shared/json/edit.ts';
import type { JsonLimits, Limits } from '../../shared/limits.ts';
import { tenantKey } from '../../shared/privacy/placeholders.ts';
import type { ParsedRequest } from '../../shared/anthropic/parsed-request.ts';
import { RequestBody } from '../../shared/protocol/body.ts';
import type { Outcome, ScrubberContext, Stage } from '../../shared/protocol/stage.ts';
import { encodeVault } from '../../shared/privacy/vault.ts';
import { TextValue } from '../../shared/json/text-value.ts';
import { TimeSlice } from '../../shared/runtime/time-slice.ts';
import { citationEdits, replacementsOf, type Replacement } from './citations.ts';
import { createEnvelopeScrubber, type EnvelopeSearch } from './envelope.ts';
import { PlaceholderIssuer } from './placeholder-issuer.ts';
import { RecurringFindings } from './recurring-findings.ts';
import { RecurringValues } from './recurring-values.ts';
import { findInReference } from './schema-references.ts';
import type { TextFields, TextRole } from '../../shared/anthropic/text-fields.ts';
import type { Recognize } from '../../shared/privacy/recognizer.ts';
import { rulesFor, type Action, type Rules, type RulesFile } from '../../shared/privacy/rules.ts';
import { NO_FINDINGS, TextFinder, type TextFinding } from '../../shared/privacy/text-finder.ts';

export interface ScrubberOptions {
  readonly scanner: Scanner;
  /** Detects what the scanner cannot, such as names; absent unless the rules name a recognizer. */
  readonly recognize?: Recognize;
  readonly rules: RulesFile;
  /** Master key of all placeholders; the same in every replica. */
  readonly masterKey: Uint8Array;
  readonly clock: Clock;
  readonly limits: Pick<Limits, 'eventLoop' | 'json' | 'scan'>;
}

export function createScrubber(options: ScrubberOptions): Stage<ScrubberContext> {
  const { scanner, recognize, limits } = options;
  const finder = new TextFinder({ scanner, recognize, limits: limits.scan });
  const recurringFindings = new RecurringFindings(limits.scan);
  const scrubEnvelope = createEnvelopeScrubber(limits.scan);
  const masterKey = createSecretKey(options.masterKey);

  return async ({ meta, body }, { signal, sendVault }): Promise<Outcome> => {
    const rules = rulesFor(options.rules, meta.tenant);
    const issuer = new PlaceholderIssuer(() => tenantKey(masterKey, meta.tenant));
    const timeSlice = new TimeSlice(options.clock, limits.eventLoop.timeSliceMs, signal);
    const recurring = new RecurringValues();
    const read = meta.method === 'GET' ? NO_BODY : await body.read(signal);
    const request = parse(read, limits.json);
    const { text, textFields } = request;
    if (textFields.opaque > 0 && rules.opaque === 'block') {
      return blocked(
        'Images and documents in base64 are not allowed, because they cannot be scanned.',
      );
    }
    const search = { finder, recurring, recurringFindings, timeSlice };
    const found = await findAll(request, search);
    const envelope = await scrubEnvelope(meta, envelopeSearch(search, rules));
    const entities = [...found.flatMap(({ findings }) => findings), ...envelope.removed];
    const blocking = entities.find(({ entity }) => rules.actionOf(entity) === 'block');
    if (blocking) {
      return blocked(
        `The request holds data of the kind ${blocking.entity}, which is not allowed.`,
      );
    }
    const edits = editsOf(found, rules, issuer);
    for (const node of textFields.credentials) {
      const [finding] = await finder.find(request.textAt(node), timeSlice);
      const entity = finding?.entity ?? CREDENTIAL;
      if (rules.actionOf(entity) !== 'allow') issuer.countUsed(entity);
    }
    for (const { entity } of envelope.removed) issuer.count(entity);
    const isChanged = edits.length > 0 || envelope.removed.length > 0;
    if (!isChanged && textFields.opaque === 0 && !issuer.hasUsed) return { kind: 'pass' };
    const documents = documentReplacements(text, textFields, edits);
    sendVault(
      encodeVault({
        ...issuer.vault,
        opaque: textFields.opaque,
        documents: Object.fromEntries(documents),
      }),
    );
    return {
      kind: 'pass',
      edits: [...edits, ...citationEdits(text, textFields.citations, documents)],
      envelope: { path: envelope.path, headers: envelope.headers },
    };
  };
}

/** In place of the body that a lookup does not have. */
const NO_BODY = new RequestBody(Buffer.from('{}'));

/** Entity of a credential that no detector recognizes. */
const CREDENTIAL = 'GENERIC_SECRET';

function parse(body: RequestBody, limits: JsonLimits): ParsedRequest {
  try {
    return body.parse(limits);
  } catch (error) {
    if (!(error instanceof JsonBoundError)) throw new LlmpError('invalid_json');
    throw new LlmpError('invalid_request', 'body: too many values, or nested too deeply');
  }
}

interface FoundText {
  readonly node: TextNode;
  readonly role: TextRole;
  readonly findings: readonly TextFinding[];
}

interface Search {
  readonly finder: TextFinder;
  /** Values found so far. */
  readonly recurring: RecurringValues;
  readonly recurringFindings: RecurringFindings;
  readonly timeSlice: TimeSlice;
}

async function findAll(
  body: ParsedRequest,
  { finder, recurring, recurringFindings, timeSlice }: Search,
): Promise<FoundText[]> {
  const found: FoundText[] = [];
  const { texts, roles, paths } = body.textFields;
  for (const [index, node] of texts.entries()) {
    const text = body.textAt(node);
    const role = roles[index] ?? 'text';
    const findings =
      role === 'reference'
        ? await findInReference(text, finder, timeSlice)
        : await finder.find(text, timeSlice, paths[index]?.words);
    for (const finding of findings) recurring.add(finding);
    const more = isAlone(role)
      ? NO_FINDINGS
      : recurringFindings.find(body, node, findings, recurring);
    // A reference was searched name by name.
    if (findings === NO_FINDINGS && role !== 'reference') text.markClean(finder.scanner);
    if (findings !== NO_FINDINGS || more !== NO_FINDINGS)
      found.push({ node, role, findings: [...findings, ...more] });
    if (timeSlice.isDue()) await timeSlice.take();
  }
  return found;
}

/** Names and references must agree wherever they stand, whatever was found before them. */
function isAlone(role: TextRole): boolean {
  return role === 'name' || role === 'reference' || role === 'used';
}

function envelopeSearch({ finder, recurring, timeSlice }: Search, rules: Rules): EnvelopeSearch {
  return {
    isAllowed: (entity) => rules.actionOf(entity) === 'allow',
    async detect(text) {
      if (timeSlice.isDue()) await timeSlice.take();
      return await finder.find(new TextValue(JSON.stringify(text)), timeSlice);
    },
    recurring(text, found) {
      const taken = found.map(({ at, value }) => ({ start: at, end: at + value.length }));
      const again = recurring.occurrencesIn(text, taken);
      return again.map(({ start, value, entity }) => ({ at: start, value, entity }));
    },
  };
}

function editsOf(found: readonly FoundText[], rules: Rules, issuer: PlaceholderIssuer): Edit[] {
  const edits: Edit[] = [];
  for (const { node, role, findings } of found) {
    for (const finding of findings) {
      const action = rules.actionOf(finding.entity);
      if (action === 'allow') continue;
      if (role === 'used') {
        issuer.countUsed(finding.entity);
        continue;
      }
      const { start, end } = finding;
      const text = replacementOf(node, role, finding, action, issuer);
      edits.push({ start: node.start + start, end: node.start + end, text });
    }
  }
  return edits;
}

/** No replacement needs JSON escaping; a number becomes a string. */
function replacementOf(
  { kind, start, end }: TextNode,
  role: TextRole,
  finding: TextFinding,
  action: Action,
  issuer: PlaceholderIssuer,
): string {
  if (action === 'redact') issuer.count(finding.entity);
  const text = action === 'redact' ? `[REDACTED_${finding.entity}]` : issuer.replace(finding);
  if (kind === 'number') {
    issuer.markNumber(text);
    return `"${text}"`;
  }
  const isWhole = finding.start === 1 && finding.end === end - start - 1;
  if (role === 'value' && isWhole) issuer.markString(text);
  return text;
}

function documentReplacements(
  text: string,
  { documents }: TextFields,
  edits: readonly Edit[],
): Map<string, Replacement[]> {
  const byIndex = new Map<string, Replacement[]>();
  for (const [index, node] of documents.entries()) {
    if (!node) continue;
    const within = edits.filter(({ start, end }) => start >= node.start && end <= node.end);
    if (within.length > 0) byIndex.set(String(index), replacementsOf(text, node, within));
  }
  return byIndex;
}

function blocked(message: string): Outcome {
  return { kind: 'refuse', error: new LlmpError('policy_blocked', message) };
}
