// Facts about a request as a whole, without its texts. Both values of a duplicate field count,
// because JSON parsers differ in which one they use.

import { estimateSteps } from '../metering/token-estimate.ts';
import { finished } from '../runtime/finished.ts';
import type { JsonNode } from '../json/parse.ts';
import { stringAt } from '../json/edit.ts';
import type { DeclaredTool } from '../anthropic/declared-tool.ts';
import { declarationSteps } from '../anthropic/declared-tools.ts';
import type { ParsedRequest } from '../anthropic/parsed-request.ts';

/** A tool, MCP server or skill that the request declares or names. */
export type ToolFact = Omit<DeclaredTool, 'isRemote'>;

export interface RequestFacts {
  /** All named models: `model`, those of fallbacks and tools, and `default` fallbacks. */
  readonly models: readonly string[];
  /** Whether the upstream may choose a model, which can be any. */
  readonly isAnyModel: boolean;
  readonly tools: readonly ToolFact[];
  /** Estimated; see token-estimate.ts. */
  readonly inputTokens: number;
  /** The largest `max_tokens`, also of fallbacks; 0 if absent, as in count_tokens requests. */
  readonly outputTokens: number;
  readonly bodyBytes: number;
  readonly images: number;
}

const factsByBody = new WeakMap<ParsedRequest, RequestFacts>();

/** Returns the facts of a request; cached, because several workers need them. */
export function requestFactsOf(body: ParsedRequest): RequestFacts {
  return factsByBody.get(body) ?? finished(factSteps(body));
}

/** Like `requestFactsOf`, in steps. */
export function* factSteps(body: ParsedRequest): Generator<void, RequestFacts> {
  const known = factsByBody.get(body);
  if (known) return known;
  const facts = yield* readFacts(body);
  factsByBody.set(body, facts);
  return facts;
}

function* readFacts(body: ParsedRequest): Generator<void, RequestFacts> {
  const { text, root, bytes } = body;
  const { models, chosenByUpstream, tools, maxTokens } = yield* declarationSteps(body);
  return {
    models: models.concat(chosenByUpstream),
    isAnyModel: chosenByUpstream.length > 0,
    tools: tools.map(factOf),
    inputTokens: yield* estimateSteps(bytes),
    outputTokens: maxTokens,
    bodyBytes: bytes.byteLength,
    images: yield* imagesIn(root, text),
  };
}

function factOf({ name, kind, server }: DeclaredTool): ToolFact {
  return server === undefined ? { name, kind } : { name, kind, server };
}

/** Values read between two yields: less than a millisecond. */
const STEP_VALUES = 4_096;

/** Counts image blocks at any depth; iterative, because bodies may nest deeply. */
function* imagesIn(root: JsonNode, text: string): Generator<void, number> {
  let images = 0;
  let read = 0;
  const open: JsonNode[] = [root];
  for (let next = open.pop(); next; next = open.pop()) {
    if (next.kind === 'array') {
      for (const item of next.items) {
        if ((read += 1) % STEP_VALUES === 0) yield;
        open.push(item);
      }
    }
    if (next.kind !== 'object') continue;
    let isImage = false;
    for (const { key, value } of next.properties) {
      if ((read += 1) % STEP_VALUES === 0) yield;
      isImage ||= isWritten(text, value, 'image') && isWritten(text, key, 'type');
      open.push(value);
    }
    if (isImage) images += 1;
  }
  return images;
}

/** Whether `node` is a string with that value; each character may be a six-character escape. */
function isWritten(text: string, node: JsonNode, value: string): boolean {
  const length = node.end - node.start - 2;
  if (node.kind !== 'string' || length < value.length || length > 6 * value.length) return false;
  return stringAt(text, node) === value;
}
