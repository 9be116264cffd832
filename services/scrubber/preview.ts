// Shows what the scrubber does to a text, with the place of each value and the reason. The stage itself
// scrubs the text, so both agree; nothing is kept.

import { LlmpError } from '../../shared/errors.ts';
import { property, splice, textProperty, type Edit } from '../../shared/json/edit.ts';
import {
  JsonBoundError,
  JsonSyntaxError,
  scanJson,
  scanSteps,
  type TextNode,
} from '../../shared/json/parse.ts';
import type { JsonLimits } from '../../shared/limits.ts';
import type { ParsedRequest } from '../../shared/anthropic/parsed-request.ts';
import { OTHER } from '../../shared/anthropic/text-place.ts';
import { DETECTORS } from '../../shared/privacy/detect/detectors.ts';
import type { Finding } from '../../shared/privacy/detect/detector.ts';
import type { Scanner } from '../../shared/privacy/detect/scan.ts';
import { explain } from '../../shared/privacy/explain.ts';
import type { PreviewFinding, PreviewScrub, ScrubPreview } from '../../shared/privacy/preview.ts';
import { rulesFor } from '../../shared/privacy/rules.ts';
import { TextFinder, type TextFinding } from '../../shared/privacy/text-finder.ts';
import { FactTable } from '../../shared/runtime/fact-table.ts';
import { RequestBody } from '../../shared/protocol/body.ts';
import type { Envelope } from '../../shared/protocol/messages.ts';
import { TimeSlice } from '../../shared/runtime/time-slice.ts';
import { findAll } from './find-values.ts';
import { RecurringFindings } from './recurring-findings.ts';
import { RecurringValues } from './recurring-values.ts';
import { createScrubber, type ScrubberOptions } from './scrubber.ts';

type Reason = Pick<PreviewFinding, 'source' | 'why'>;

export function createScrubPreview(options: Omit<ScrubberOptions, 'offload'>): PreviewScrub {
  const { recognize, clock, limits } = options;
  const own = new Set(DETECTORS);

  return async (text, key, signal): Promise<ScrubPreview> => {
    const scanner = options.scannerFor?.(key) ?? options.scanner;
    const timeSlice = new TimeSlice(clock, limits.eventLoop.timeSliceMs, signal);
    const isSent = await timeSlice.run(isRequest(text, limits.json));
    const kind = isSent ? 'request' : 'text';
    const json = kind === 'request' ? text : wrapped(text);
    const body = new RequestBody(Buffer.from(json));
    const request = await timeSlice.run(body.parseSteps(limits.json));
    // New ones for each text, as both remember what they found.
    const memory = new FactTable(limits.scan.factBytesMax);
    const found = await findAll(request, {
      finder: new TextFinder({ scanner, recognize, limits: limits.scan, facts: memory }),
      recurring: new RecurringValues(),
      recurringFindings: new RecurringFindings(limits.scan, memory),
      timeSlice,
    });
    const scrubbed = await scrub(body, json, key, signal);
    const replacements = new Map(scrubbed.edits.map((edit) => [edit.start, edit.text]));
    const rules = rulesFor(options.rules, key);
    const facts = factsOf(request);
    const explained = new Set<string>();
    const findings: Omit<PreviewFinding, 'line' | 'column'>[] = [];
    for (const { node, role, findings: inNode } of found) {
      const { unsigned } = request.textAt(node);
      const { place, name } = facts.get(node) ?? NO_FACTS;
      const scanned = await timeSlice.run(scanner.slices(unsigned));
      for (const finding of inNode) {
        const action = rules.actionOf(finding.entity);
        const [start, end] = rangeOf(finding, node, kind);
        const reason = reasonOf(scanner, unsigned, name, finding, scanned, explained);
        if (reason.source !== 'repetition') explained.add(finding.value);
        findings.push({
          entity: finding.entity,
          action: role === 'used' && action !== 'allow' && action !== 'block' ? 'pass' : action,
          replacement: replacements.get(node.start + finding.start) ?? null,
          start,
          end,
          place: kind === 'request' ? place : null,
          ...reason,
        });
      }
    }
    return {
      kind,
      scrubbed:
        scrubbed.text === null || kind === 'request' ? scrubbed.text : unwrapped(scrubbed.text),
      refused: scrubbed.refused,
      findings: located(text, findings),
    };
  };

  async function scrub(body: RequestBody, json: string, key: string, signal: AbortSignal) {
    const stage = createScrubber(options);
    const context = { signal, confirm: () => Promise.resolve(), sendVault: () => {} };
    const outcome = await stage({ meta: metaOf(key), body }, context);
    if (outcome.kind === 'refuse') {
      return { text: null, edits: [], refused: outcome.error.message };
    }
    if (outcome.kind !== 'pass') throw new LlmpError('stage_failed');
    const edits: readonly Edit[] = outcome.edits ?? [];
    return { text: splice(json, edits), edits, refused: null };
  }

  function reasonOf(
    scanner: Scanner,
    text: string,
    name: string | undefined,
    finding: TextFinding,
    scanned: readonly Finding[],
    explained: ReadonlySet<string>,
  ): Reason {
    const { value, at, entity } = finding;
    const isSame = (each: Finding) => each.start === at && each.detector.entity === entity;
    const alone = scanned.find(isSame);
    if (alone) return detected(text, alone);
    if (explained.has(value)) {
      return { source: 'repetition', why: 'the same value as in another place' };
    }
    if (name !== undefined) {
      const line = `"${name}": "${text}"`;
      const named = scanner.scan(line).find((each) => each.detector.entity === entity);
      if (named) return { ...detected(line, named), why: `under the key "${name}"` };
    }
    if (recognize) return { source: 'recognizer', why: 'found by the recognizer' };
    return { source: 'detector', why: `the format of ${entity}` };
  }

  function detected(text: string, finding: Finding): Reason {
    if (!own.has(finding.detector)) return { source: 'custom', why: 'a detector of the rules' };
    return { source: 'detector', why: explain(text, finding) };
  }
}

/** What is nested too deeply for a request is read as text, as any file. */
function* isRequest(text: string, limits: JsonLimits): Generator<void, boolean> {
  try {
    const root = yield* scanSteps(text, limits);
    return root.kind === 'object' && property(root, text, 'messages')?.kind === 'array';
  } catch (error) {
    if (error instanceof JsonSyntaxError || error instanceof JsonBoundError) return false;
    throw error;
  }
}

const NO_FACTS: Facts = { place: OTHER.part, name: undefined };

function wrapped(text: string): string {
  return `{"messages":[{"role":"user","content":${JSON.stringify(text)}}]}`;
}

function unwrapped(json: string): string {
  const root = scanJson(json);
  const messages = property(root, json, 'messages');
  const [message] = messages?.kind === 'array' ? messages.items : [];
  return (message && textProperty(message, json, 'content')) ?? '';
}

/** Offsets of a finding in the text that the operator gave. */
function rangeOf(
  { start, end, at, value }: TextFinding,
  node: TextNode,
  kind: ScrubPreview['kind'],
): readonly [number, number] {
  if (kind === 'text') return [at, at + value.length];
  return [node.start + start, node.start + end];
}

interface Facts {
  readonly place: string;
  /** The keys above a value. */
  readonly name: string | undefined;
}

function factsOf({ textFields }: ParsedRequest): ReadonlyMap<TextNode, Facts> {
  const { texts, places, paths } = textFields;
  return new Map(
    texts.map((node, index) => {
      const { part, turn } = places[index] ?? OTHER;
      const place = turn < 0 ? part : `${part}, message ${turn}`;
      return [node, { place, name: paths[index]?.words }];
    }),
  );
}

/** In text order, with lines and columns. */
function located(
  text: string,
  findings: readonly Omit<PreviewFinding, 'line' | 'column'>[],
): PreviewFinding[] {
  let line = 1;
  let column = 1;
  let at = 0;
  return findings
    .toSorted((one, other) => one.start - other.start)
    .map((finding) => {
      const lines = text.slice(at, finding.start).split('\n');
      if (lines.length > 1) column = 1;
      line += lines.length - 1;
      column += Array.from(lines.at(-1) ?? '').length;
      at = finding.start;
      return { ...finding, line, column };
    });
}

function metaOf(tenant: string): Envelope {
  return {
    id: 'req_preview',
    attempt: 1,
    deadlineMs: Infinity,
    position: 0,
    routingSlip: ['scrubber'],
    replyTo: 'nowhere',
    tenant,
    method: 'POST',
    path: '/v1/messages',
    headers: [],
    model: '',
    stream: false,
  };
}
