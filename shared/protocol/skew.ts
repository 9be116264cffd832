// How a message of another version is read. Fields that this version does not know are left out, so that
// they are neither passed on nor decide anything, unless the sender lists them in `must`: then, and when a
// known field has an unknown value, the message is refused.

import * as z from 'zod';
import { LlmpError } from '../errors.ts';
import { RELEASE } from './release.ts';

/** In any object that is sent: names of its fields that the receiver has to know. */
const MUST = 'must';
const must = z.array(z.string());

/** Why this version cannot read a message; quotes nothing but names of fields. */
export class UnreadableError extends TypeError {
  override readonly name = 'UnreadableError';
  /** Whether only a field is unknown that the sender requires to be known. */
  readonly isNewer: boolean;

  constructor(message: string, isNewer = false) {
    super(message);
    this.isNewer = isNewer;
  }
}

/**
 * @param required `all` when the loss of any field would be unsafe, whether the sender says so or not
 * @throws UnreadableError
 */
export function readMessage<Content>(
  schema: z.ZodType<Content>,
  value: unknown,
  required?: 'all',
): Content {
  const first = schema.safeParse(value);
  if (first.success) return first.data;
  const unknown = first.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [],
  );
  const other = first.error.issues.find(({ code }) => code !== 'unrecognized_keys');
  if (other) throw new UnreadableError(`it does not know this value of ${nameOf(other.path)}`);
  const missing = unknown.find((path) => required === 'all' || isRequired(value, path));
  if (missing) throw new UnreadableError(`it does not know the field ${nameOf(missing)}`, true);
  const known = structuredClone(value);
  for (const path of unknown) remove(known, path);
  const second = schema.safeParse(known);
  if (second.success) return second.data;
  throw new UnreadableError('it does not know a field that others depend on');
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads JSON in which every field matters; the errors quote nothing.
 * @param what such as `a vault`
 * @throws UnreadableError for that of a newer version, TypeError for anything else
 */
export function readWhole<Content>(
  schema: z.ZodType<Content>,
  bytes: Uint8Array,
  what: string,
): Content {
  let reason: unknown;
  try {
    return readMessage(schema, JSON.parse(UTF8.decode(bytes)), 'all');
  } catch (error) {
    reason = error;
  }
  if (reason instanceof UnreadableError && reason.isNewer) {
    throw new UnreadableError(`it does not know a field of ${what}`, true);
  }
  throw new TypeError(`The bytes are not ${what}.`);
}

/** @param sender release of the other process */
export function versionMismatch(sender: string, reason: string): LlmpError {
  const parts = `Version ${RELEASE} cannot read a message of version ${sender}`;
  return new LlmpError('version_mismatch', `${parts}: ${reason}.`);
}

/** @throws UnreadableError if the list itself cannot be read */
function isRequired(value: unknown, path: readonly PropertyKey[]): boolean {
  const owner = path.slice(0, -1).reduce(fieldOf, value);
  const listed = fieldOf(owner, MUST);
  if (listed === undefined) return false;
  const names = must.safeParse(listed);
  if (!names.success) throw new UnreadableError(`it does not know this value of ${MUST}`);
  return names.data.includes(String(path.at(-1)));
}

function fieldOf(value: unknown, name: PropertyKey): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function nameOf(path: readonly PropertyKey[]): string {
  const name = path.map(String).join('.');
  return /^[\w.-]{1,100}$/.test(name) ? name : 'a field';
}

function remove(value: unknown, path: readonly PropertyKey[]): void {
  const owner = path.slice(0, -1).reduce(fieldOf, value);
  if (typeof owner === 'object' && owner !== null) Reflect.deleteProperty(owner, path.at(-1) ?? '');
}
