// Reads the few body fields the gateway itself needs and leaves all others alone. Validation is
// loose on purpose: the upstream knows its own API better, in versions we have not seen yet.

import { isUtf8 } from 'node:buffer';
import * as z from 'zod';
import { LlmpError } from '../../shared/errors.ts';

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
}

/** Reads a /v1/messages body. Throws `bad_json`, or `invalid_request` naming each path. */
export function readMessageRequest(body: Uint8Array): RequestFields {
  return fieldsOf(body, messageRequest);
}

/** Reads a /v1/messages/count_tokens body, which has no `max_tokens`. Throws as above. */
export function readCountRequest(body: Uint8Array): RequestFields {
  return fieldsOf(body, countRequest);
}

function fieldsOf(body: Uint8Array, schema: typeof countRequest): RequestFields {
  const json = parsed(body);
  const read = schema.safeParse(json);
  if (!read.success) {
    const faults = read.error.issues.map(({ path, message }) => {
      const missing = path.length === 1 && isObject(json) && json[String(path[0])] === undefined;
      return `${path.join('.') || 'body'}: ${missing ? 'Field required' : message}`;
    });
    throw new LlmpError('invalid_request', faults.join('; '));
  }
  return { model: read.data.model, stream: read.data.stream ?? false };
}

/** The parser's own message is not passed on, as it quotes the text it stumbles over. */
function parsed(body: Uint8Array): unknown {
  if (!isUtf8(body)) throw new LlmpError('bad_json', 'The request body is not valid UTF-8.');
  try {
    return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'));
  } catch {
    throw new LlmpError('bad_json');
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
