// Reads the few body fields the gateway itself needs and leaves all others alone. Validation is
// loose on purpose: the upstream knows its own API better, in versions we have not seen yet. The
// fields are read by position, not by JSON.parse, which in Node 24 can be led to misread keys.

import { isUtf8 } from 'node:buffer';
import * as z from 'zod';
import { LlmpError } from '../../../shared/errors.ts';
import { JsonBoundError, type JsonNode } from '../../../shared/json/parse.ts';
import { property } from '../../../shared/json/edit.ts';
import { limits } from '../../../shared/limits.ts';
import {
  parseRequest,
  parseTopLevel,
  type TopLevel,
} from '../../../shared/anthropic/parsed-request.ts';

// Only that it is a list is checked: its items are the upstream's to judge.
const list = z.custom<readonly unknown[]>(Array.isArray, 'Input should be an array');

const countRequest = z.looseObject({
  model: z.string('Input should be a string').min(1, 'Must not be empty'),
  messages: list,
  stream: z.boolean('Input should be a boolean').nullish(),
});

const messageRequest = countRequest.extend({
  max_tokens: z.int('Input should be an integer').nonnegative('Must be greater than or equal to 0'),
});

export interface RequestFields {
  readonly model: string;
  readonly stream: boolean;
  /** Absent where tokens are only counted. */
  readonly maxTokens?: number;
}

/** How a body is read: whole, for a worker of this process that comes next, or only its first level. */
export interface Reading {
  readonly isWhole: boolean;
}

const SHALLOW: Reading = { isWhole: false };

/** Reads a /v1/messages body. Throws `invalid_json`, or `invalid_request` naming each path. */
export function readMessageRequest(body: Uint8Array, reading: Reading = SHALLOW): RequestFields {
  return fieldsOf(body, messageRequest, reading);
}

/** Reads a /v1/messages/count_tokens body, which has no `max_tokens`. Throws as above. */
export function readCountRequest(body: Uint8Array, reading: Reading = SHALLOW): RequestFields {
  return fieldsOf(body, countRequest, reading);
}

const FIELDS = ['model', 'messages', 'max_tokens', 'stream'] as const;

function fieldsOf(
  body: Uint8Array,
  schema: typeof countRequest,
  { isWhole }: Reading,
): RequestFields {
  if (!isUtf8(body)) throw new LlmpError('invalid_json', 'The request body is not valid UTF-8.');
  const { text, root } = (isWhole && readWhole(body)) || readShallow(body);
  if (root.kind !== 'object') {
    throw new LlmpError('invalid_request', 'body: Input should be an object');
  }
  const given = FIELDS.map((name) => [name, valueOf(text, property(root, text, name))] as const);
  const fields = Object.fromEntries(given.filter(([, value]) => value !== undefined));
  const read = schema.safeParse(fields);
  if (!read.success) {
    const faults = read.error.issues.map(({ path, message }) => {
      const name = path.join('.');
      return `${name}: ${name in fields ? message : 'Field required'}`;
    });
    throw new LlmpError('invalid_request', faults.join('; '));
  }
  const { model, stream, max_tokens: maxTokens } = read.data;
  return {
    model,
    stream: stream ?? false,
    ...(typeof maxTokens === 'number' ? { maxTokens } : {}),
  };
}

/** Undefined where it cannot be read so; what is wrong with it is then said as it is otherwise. */
function readWhole(body: Uint8Array): TopLevel | undefined {
  try {
    return parseRequest(body, limits);
  } catch {
    return undefined;
  }
}

function readShallow(body: Uint8Array): TopLevel {
  try {
    return parseTopLevel(body, limits);
  } catch (error) {
    if (!(error instanceof JsonBoundError)) throw new LlmpError('invalid_json');
    throw new LlmpError('invalid_request', 'body: more values, or deeper, than the gateway allows');
  }
}

/** A scalar's value; of a container only which kind it is. */
function valueOf(text: string, span: JsonNode | undefined): unknown {
  if (!span) return undefined;
  if (span.kind === 'array') return [];
  if (span.kind === 'object') return {};
  // A copy: a slice would keep the whole body in memory as long as the field is remembered.
  return JSON.parse(text.slice(span.start, span.end));
}
