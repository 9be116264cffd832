// Validates the few body fields that the gateway needs and leaves the rest to the upstream. Fields
// are read by position, because JSON.parse in Node 24 can be made to misread keys.

import * as z from 'zod';
import { LlmpError, tooManyValues } from '../../../shared/errors.ts';
import { JsonBoundError, JsonSyntaxError, type JsonNode } from '../../../shared/json/parse.ts';
import { lastProperties } from '../../../shared/json/edit.ts';
import type { JsonLimits } from '../../../shared/limits.ts';
import type { TopLevel } from '../../../shared/anthropic/parsed-request.ts';
import type { RequestBody } from '../../../shared/protocol/body.ts';
import { isUtf8Steps } from '../../../shared/runtime/bytes.ts';

// The upstream validates the items.
const list = z.custom<readonly unknown[]>(Array.isArray, 'Input should be an array');

/** The name travels in the envelope, whose size is limited. */
export const MODEL_CHARS_MAX = 256;

const countRequest = z.looseObject({
  model: z
    .string('Input should be a string')
    .min(1, 'Must not be empty')
    .max(MODEL_CHARS_MAX, `Must have at most ${MODEL_CHARS_MAX} characters`),
  messages: list,
  stream: z.boolean('Input should be a boolean').nullish(),
});

const messageRequest = countRequest.extend({
  max_tokens: z.int('Input should be an integer').nonnegative('Must be greater than or equal to 0'),
});

export interface RequestFields {
  readonly model: string;
  readonly stream: boolean;
  /** Absent for token counts. */
  readonly maxTokens?: number;
}

export interface ParseMode {
  /** Parse the whole body, for a later worker in this process, instead of only its top level. */
  readonly isDeep: boolean;
  readonly limits: JsonLimits;
}

/** Reads the fields of a body, in steps. */
export type ReadRequest = (body: RequestBody, mode: ParseMode) => Generator<void, RequestFields>;

/**
 * Reads a `/v1/messages` body.
 * @throws `invalid_json`, or `invalid_request` with the path of each invalid field
 */
export const readMessageRequest: ReadRequest = (body, mode) => fieldsOf(body, messageRequest, mode);

/** Reads a `/v1/messages/count_tokens` body, which has no `max_tokens`. Throws as above. */
export const readCountRequest: ReadRequest = (body, mode) => fieldsOf(body, countRequest, mode);

const FIELDS = ['model', 'messages', 'max_tokens', 'stream'] as const;

function* fieldsOf(
  body: RequestBody,
  schema: typeof countRequest,
  { isDeep, limits }: ParseMode,
): Generator<void, RequestFields> {
  if (!(yield* isUtf8Steps(body.bytes)))
    throw new LlmpError('invalid_json', 'The request body is not valid UTF-8.');
  const { text, root } =
    (isDeep && (yield* parseDeep(body, limits))) || (yield* parseShallow(body, limits));
  if (root.kind !== 'object') {
    throw new LlmpError('invalid_request', 'body: Input should be an object');
  }
  const nodes = yield* lastProperties(root, text, FIELDS);
  const values = FIELDS.map((name) => [name, valueOf(text, nodes.get(name))] as const);
  const fields = Object.fromEntries(values.filter(([, value]) => value !== undefined));
  const known = validFields(fields, schema !== countRequest);
  if (known) return known;
  const read = schema.safeParse(fields);
  if (!read.success) {
    const issues = read.error.issues.map(({ path, message }) => {
      const name = path.join('.');
      return `${name}: ${name in fields ? message : 'Field required'}`;
    });
    throw new LlmpError('invalid_request', issues.join('; '));
  }
  const { model, stream, max_tokens: maxTokens } = read.data;
  return {
    model,
    stream: stream ?? false,
    ...(typeof maxTokens === 'number' ? { maxTokens } : {}),
  };
}

/** What the schemas say, for valid fields: they cost several times as much, and say what is wrong. */
function validFields(
  fields: Readonly<Record<string, unknown>>,
  needsMaxTokens: boolean,
): RequestFields | undefined {
  const { model, messages, stream = null, max_tokens: maxTokens } = fields;
  const isValid =
    typeof model === 'string' &&
    model.length > 0 &&
    model.length <= MODEL_CHARS_MAX &&
    Array.isArray(messages) &&
    (stream === null || typeof stream === 'boolean');
  if (!isValid) return undefined;
  if (typeof maxTokens !== 'number') {
    return needsMaxTokens ? undefined : { model, stream: stream ?? false };
  }
  if (needsMaxTokens && !(Number.isSafeInteger(maxTokens) && maxTokens >= 0)) return undefined;
  return { model, stream: stream ?? false, maxTokens };
}

/** `undefined` on a parse error; the shallow parse reports it. */
function* parseDeep(body: RequestBody, limits: JsonLimits): Generator<void, TopLevel | undefined> {
  try {
    return yield* body.treeSteps(limits);
  } catch (error) {
    if (error instanceof JsonSyntaxError || error instanceof JsonBoundError) return undefined;
    throw error;
  }
}

function* parseShallow(body: RequestBody, limits: JsonLimits): Generator<void, TopLevel> {
  try {
    return yield* body.topLevelSteps(limits);
  } catch (error) {
    if (!(error instanceof JsonBoundError)) throw new LlmpError('invalid_json');
    throw tooManyValues(limits);
  }
}

/** A scalar's value; containers become empty. */
function valueOf(text: string, node: JsonNode | undefined): unknown {
  if (!node) return undefined;
  if (node.kind === 'array') return [];
  if (node.kind === 'object') return {};
  // JSON.parse copies the text; a slice would keep the whole body in memory.
  return JSON.parse(text.slice(node.start, node.end));
}
