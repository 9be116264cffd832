// The scrubber stage replaces personal data and secrets in a request with placeholders and sends their
// values only to the ingress. No other stage sees raw data, and unparsable requests are rejected.

import { createSecretKey } from 'node:crypto';
import type { Clock } from '../../shared/runtime/clock.ts';
import type { Scanner } from '../../shared/privacy/detect/scan.ts';
import { LlmpError, tooManyValues } from '../../shared/errors.ts';
import { JsonBoundError, JsonSyntaxError, type TextNode } from '../../shared/json/parse.ts';
import type { Edit } from '../../shared/json/edit.ts';
import type { JsonLimits, Limits } from '../../shared/limits.ts';
import { tenantKey } from '../../shared/privacy/placeholders.ts';
import type { ParsedRequest } from '../../shared/anthropic/parsed-request.ts';
import { FactTable } from '../../shared/runtime/fact-table.ts';
import { RequestBody } from '../../shared/protocol/body.ts';
import type { RequestMessage } from '../../shared/protocol/messages.ts';
import type { Outcome, ScrubberContext, Stage } from '../../shared/protocol/stage.ts';
import { vaultParts } from '../../shared/privacy/vault.ts';
import { TextValue } from '../../shared/json/text-value.ts';
import { TimeSlice } from '../../shared/runtime/time-slice.ts';
import { citationEdits, replacementsOf, type Replacement } from './citations.ts';
import { newTextAbove } from './new-text.ts';
import { findAll, type FoundText, type Search } from './find-values.ts';
import { createEnvelopeScrubber, type EnvelopeSearch, type ScrubbedEnvelope } from './envelope.ts';
import { PlaceholderIssuer } from './placeholder-issuer.ts';
import { NamedHosts, restorableUrls } from './restorable-urls.ts';
import { RecurringFindings } from './recurring-findings.ts';
import { RecurringValues } from './recurring-values.ts';
import type { TextFields, TextRole } from '../../shared/anthropic/text-fields.ts';
import type { Recognize } from '../../shared/privacy/recognizer.ts';
import { rulesFor, type Action, type Rules, type RulesFile } from '../../shared/privacy/rules.ts';
import { TextFinder, type TextFinding } from '../../shared/privacy/text-finder.ts';

export interface ScrubberOptions {
  readonly scanner: Scanner;
  /** The scanner of a key whose rules differ. */
  readonly scannerFor?: (keyId: string) => Scanner;
  /** Detects what the scanner cannot, such as names; absent unless the rules name a recognizer. */
  readonly recognize?: Recognize;
  readonly rules: RulesFile;
  /** Master key of all placeholders; the same in every replica. */
  readonly masterKey: Uint8Array;
  readonly clock: Clock;
  readonly limits: Pick<Limits, 'eventLoop' | 'json' | 'scan'>;
  /** What the process remembers about texts; a table of its own by default. */
  readonly facts?: FactTable;
  /** Scrubs requests with more than `charsMax` characters of new text elsewhere. */
  readonly offload?: { readonly charsMax: number; readonly run: Offload } | undefined;
}

/** @param text key of a new text in the request, which the next turn of its conversation repeats */
export type Offload = (
  message: RequestMessage,
  context: ScrubberContext,
  text: string,
) => Promise<Outcome>;

export function createScrubber(options: ScrubberOptions): Stage<ScrubberContext> {
  const { recognize, limits } = options;
  const facts = options.facts ?? new FactTable(limits.scan.factBytesMax);
  const finders = new Map<Scanner, Pick<Search, 'finder' | 'recurringFindings'>>();
  /** What finds values for a key: caches are apart where scanners differ. */
  const findersFor = (tenant: string) => {
    const scanner = options.scannerFor?.(tenant) ?? options.scanner;
    const known = finders.get(scanner);
    if (known) return known;
    const finder = new TextFinder({ scanner, recognize, limits: limits.scan, facts });
    const created = { finder, recurringFindings: new RecurringFindings(limits.scan, facts) };
    finders.set(scanner, created);
    return created;
  };
  const hosts = new NamedHosts(facts);
  const scrubEnvelope = createEnvelopeScrubber(limits.scan);
  const masterKey = createSecretKey(options.masterKey);

  /** The key of a new text if much of the text is new. */
  async function muchNewText(
    charsMax: number,
    { meta, body }: RequestMessage,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    if (body.size <= charsMax) return undefined;
    const timeSlice = new TimeSlice(options.clock, limits.eventLoop.timeSliceMs, signal);
    const read = await body.read(signal);
    const request = await parsed(timeSlice.run(read.parseSteps(limits.json)), limits.json);
    return await timeSlice.run(newTextAbove(charsMax, request, findersFor(meta.tenant).finder));
  }

  async function scrub(
    { meta, body }: RequestMessage,
    { signal, confirm, sendVault }: ScrubberContext,
  ): Promise<Outcome> {
    const rules = rulesFor(options.rules, meta.tenant);
    const issuer = new PlaceholderIssuer(() => tenantKey(masterKey, meta.tenant));
    const timeSlice = new TimeSlice(options.clock, limits.eventLoop.timeSliceMs, signal);
    const recurring = new RecurringValues();
    const read = meta.method === 'GET' ? NO_BODY : await body.read(signal);
    const request = await parsed(timeSlice.run(read.parseSteps(limits.json)), limits.json);
    const { text, textFields } = request;
    if (textFields.opaque > 0 && rules.opaque === 'block') {
      return blocked(
        'Images and documents in base64 are not allowed, because they cannot be scanned.',
      );
    }
    const { finder, recurringFindings } = findersFor(meta.tenant);
    const search = { finder, recurring, recurringFindings, timeSlice };
    if (recognize) await confirm();
    const found = await findAll(request, search);
    const envelope = await scrubEnvelope(meta, envelopeSearch(search, rules));
    const entities = await timeSlice.run(entitiesOf(found, envelope));
    const blockedEntity = entities.find((entity) => rules.actionOf(entity) === 'block');
    if (blockedEntity !== undefined) {
      return blocked(`The request holds data of the kind ${blockedEntity}, which is not allowed.`);
    }
    const numbered =
      rules.numbers === 'block' ? await timeSlice.run(entityInNumber(found, rules)) : undefined;
    if (numbered !== undefined) {
      return blocked(`The request holds data of the kind ${numbered} in a JSON number.`);
    }
    const { edits, byDocument } = await timeSlice.run(
      editsOf(found, rules, issuer, new Set(textFields.documents)),
    );
    for (const node of textFields.credentials) {
      const [finding] = await finder.find(request.textAt(node), timeSlice);
      const entity = finding?.entity ?? CREDENTIAL;
      if (rules.actionOf(entity) !== 'allow') issuer.countUsed(entity);
    }
    for (const { entity } of envelope.removed) issuer.count(entity);
    const isChanged = edits.length > 0 || envelope.removed.length > 0;
    if (!isChanged && textFields.opaque === 0 && !issuer.hasUsed) return { kind: 'pass' };
    const documents = await timeSlice.run(documentReplacements(text, textFields, byDocument));
    const vault = {
      ...issuer.facts,
      opaque: textFields.opaque,
      documents: Object.fromEntries(documents),
      ...(await timeSlice.run(restorableUrls(request, found, issuer, rules, hosts))),
    };
    await timeSlice.run(sendParts(vaultParts(issuer.values, vault), sendVault));
    const { citations } = textFields;
    const moved = await timeSlice.run(citationEdits(text, citations, documents));
    for (const edit of moved) edits.push(edit);
    return {
      kind: 'pass',
      edits,
      envelope: { path: envelope.path, headers: envelope.headers },
    };
  }

  const { offload } = options;
  if (!offload) return scrub;
  return async (message, context) => {
    const { body } = message;
    const newText = await muchNewText(offload.charsMax, message, context.signal);
    if (newText === undefined) return await scrub(message, context);
    body.dropParsed();
    if (recognize) await context.confirm();
    return await offload.run(message, context, newText);
  };
}

/** Stands in for the body of a GET request, which has none. */
const NO_BODY = new RequestBody(Buffer.from('{}'));

/** Entity of a credential that no detector recognizes. */
const CREDENTIAL = 'GENERIC_SECRET';

async function parsed(request: Promise<ParsedRequest>, limits: JsonLimits): Promise<ParsedRequest> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw new LlmpError('invalid_json');
    if (!(error instanceof JsonBoundError)) throw error;
    throw tooManyValues(limits);
  }
}

/** Findings handled between two yields: less than a millisecond. */
const SLICE_FINDINGS = 64;

function envelopeSearch({ finder, recurring, timeSlice }: Search, rules: Rules): EnvelopeSearch {
  return {
    isAllowed: (entity) => rules.actionOf(entity) === 'allow',
    async detect(text) {
      if (timeSlice.isDue()) await timeSlice.take();
      return await finder.find(new TextValue(JSON.stringify(text)), timeSlice);
    },
    async recurring(text, found) {
      if (recurring.size === 0) return [];
      const taken = found.map(({ at, value }) => ({ start: at, end: at + value.length }));
      const again = await timeSlice.run(recurring.occurrencesIn(text, taken));
      return again.map(({ start, value, entity }) => ({ at: start, value, entity }));
    },
  };
}

/** Findings looked at between two yields: less than a millisecond. */
const STEP_ENTITIES = 8_192;

/** In the order of their first findings. */
function* entitiesOf(
  found: readonly FoundText[],
  { removed }: ScrubbedEnvelope,
): Generator<void, string[]> {
  const entities = new Set<string>();
  for (const { findings } of found) {
    for (const [index, { entity }] of findings.entries()) {
      if (index % STEP_ENTITIES === 0) yield;
      entities.add(entity);
    }
  }
  for (const { entity } of removed) entities.add(entity);
  return [...entities];
}

/** The first entity in a number that would be replaced by a string. */
function* entityInNumber(
  found: readonly FoundText[],
  rules: Rules,
): Generator<void, string | undefined> {
  for (const [index, { node, findings }] of found.entries()) {
    if (index % SLICE_FINDINGS === 0) yield;
    if (node.kind !== 'number') continue;
    const entity = findings.find((each) => rules.actionOf(each.entity) !== 'allow')?.entity;
    if (entity !== undefined) return entity;
  }
  return undefined;
}

function* editsOf(
  found: readonly FoundText[],
  rules: Rules,
  issuer: PlaceholderIssuer,
  documents: ReadonlySet<TextNode | undefined>,
): Generator<void, { edits: Edit[]; byDocument: Map<TextNode, Edit[]> }> {
  const edits: Edit[] = [];
  const byDocument = new Map<TextNode, Edit[]>();
  for (const { node, role, findings } of found) {
    const from = edits.length;
    for (const [index, finding] of findings.entries()) {
      if (index % SLICE_FINDINGS === 0) yield;
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
    if (documents.has(node)) byDocument.set(node, edits.slice(from));
  }
  return { edits, byDocument };
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

function* documentReplacements(
  text: string,
  { documents }: TextFields,
  byDocument: ReadonlyMap<TextNode, readonly Edit[]>,
): Generator<void, Map<string, Replacement[]>> {
  const byIndex = new Map<string, Replacement[]>();
  for (const [index, node] of documents.entries()) {
    const edits = node && byDocument.get(node);
    if (!edits || edits.length === 0) continue;
    byIndex.set(String(index), yield* replacementsOf(text, node, edits));
  }
  return byIndex;
}

function* sendParts(
  parts: Iterable<Uint8Array>,
  send: (part: Uint8Array) => void,
): Generator<void, void> {
  for (const part of parts) {
    send(part);
    yield;
  }
}

function blocked(message: string): Outcome {
  return { kind: 'refuse', error: new LlmpError('policy_blocked', message) };
}
