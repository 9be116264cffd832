// The models of a request, wherever it names them: which a key may use, and what they may cost.

import { LlmpError, tooManyValues } from '../../../shared/errors.ts';
import { everyProperty, stringAt } from '../../../shared/json/edit.ts';
import { JsonBoundError } from '../../../shared/json/parse.ts';
import type { JsonLimits } from '../../../shared/limits.ts';
import { estimateSteps } from '../../../shared/metering/token-estimate.ts';
import type { Caller } from '../auth/auth.ts';
import type { PriceFacts } from '../../../shared/token-usage.ts';
import { declarationsOf, declarationSteps } from '../../../shared/anthropic/declared-tools.ts';
import type { TopLevel } from '../../../shared/anthropic/parsed-request.ts';
import type { RequestBody } from '../../../shared/protocol/body.ts';

/**
 * @param allowed the models of the key; `undefined` allows all
 * @param body JSON that message-request.ts has validated
 * @throws `policy_blocked` if `body` names another model, or lets the upstream choose
 */
export function checkModels(
  allowed: readonly string[] | undefined,
  body: RequestBody,
  limits: JsonLimits,
): void {
  if (allowed === undefined) return;
  const { models, chosenByUpstream } = declarationsOf(parseDeep(body, limits));
  const refused = models.find((model) => !allowed.includes(model));
  if (refused === undefined && chosenByUpstream.length === 0) return;
  const asked =
    refused === undefined ? 'lets the upstream choose a fallback' : `names ${nameable(refused)}`;
  throw new LlmpError(
    'policy_blocked',
    `This API key may use only these models, also as fallback or advisor: ${allowed.join(', ')}. ` +
      `The request ${asked}.`,
  );
}

/** The text of a model's name where it looks like one: a name is the client's text. */
export function nameable(model: string): string {
  return /^[\w.:/@[\]-]{1,100}$/.test(model) ? model : 'another model';
}

/** Smaller bodies are read in less than a millisecond. */
const LARGE_BYTES = 64 * 1024;

/** Reads in steps what `checkModels`, `priceRequestOf` and admission need of a large body. */
export function* readAhead(
  { models, limits, team }: Pick<Caller, 'models' | 'limits' | 'team'>,
  body: RequestBody,
  jsonLimits: JsonLimits,
): Generator<void, void> {
  if (body.size <= LARGE_BYTES) return;
  const isLimited = limits !== undefined || team !== undefined;
  if (isLimited) yield* estimateSteps(body.bytes);
  if (models === undefined && !isLimited) return;
  try {
    yield* declarationSteps(yield* body.treeSteps(jsonLimits));
  } catch (error) {
    // Reported where it matters.
    if (!(error instanceof JsonBoundError || error instanceof LlmpError)) throw error;
  }
}

/** What decides the price of a request before its response. */
export interface PriceRequest {
  /** All models that may respond, and those of tools. */
  readonly models: readonly string[];
  readonly maxTokens: number;
  readonly facts: PriceFacts;
}

/** @param body JSON that message-request.ts has validated */
export function priceRequestOf(body: RequestBody, limits: JsonLimits): PriceRequest {
  const request = parseDeep(body, limits);
  const { models, maxTokens } = declarationsOf(request);
  const speed = wordOf(request, 'speed');
  const inferenceGeo = wordOf(request, 'inference_geo');
  return {
    models,
    maxTokens,
    facts: {
      ...(speed === undefined ? {} : { speed }),
      ...(inferenceGeo === undefined ? {} : { inferenceGeo }),
    },
  };
}

/** The value of a field; of duplicates, the one that may cost more. */
function wordOf({ root, text }: TopLevel, field: string): string | undefined {
  const words = [...everyProperty(root, text, field)].flatMap((value) =>
    value.kind === 'string' ? stringAt(text, value) : [],
  );
  return words.find((word) => word !== 'standard' && word !== 'global');
}

/** Parses the whole body, because messages can declare tools, which may name models. */
function parseDeep(body: RequestBody, limits: JsonLimits): TopLevel {
  try {
    return body.parseTree(limits);
  } catch (error) {
    if (!(error instanceof JsonBoundError)) throw error;
    throw tooManyValues(limits);
  }
}
