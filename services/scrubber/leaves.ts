// Where text lives in a request: every string value, unless the protocol says that it is not text.
// The rule is to look everywhere and to know the exceptions, so that a field or block type nobody
// has heard of is scrubbed too. Signed and encrypted parts are never touched: changing one byte of
// them makes the upstream refuse the conversation.

import { member, stringAt, textMember } from '../../shared/json-splice.ts';
import { isProtocolKey, UNTOUCHABLE_BLOCKS } from '../../shared/protocol-fields.ts';
import type { Entry, ObjectSpan, Span, StringSpan } from '../../shared/json-scan.ts';

/** How the parts of a value are to be read. */
type Mode =
  /** Anthropic's own objects: identifiers and enumerations are left alone. */
  | 'protocol'
  /** Somebody's JSON, such as a tool's input: all strings and keys are text. */
  | 'free'
  /** A JSON schema: texts are, names and references are not. */
  | 'schema';

/** Keys whose values name things, in a JSON schema. */
const SCHEMA_KEYS = new Set(['$id', '$ref', '$schema', 'format', 'pattern', 'required', 'type']);

const MODE_BY_KEY: Readonly<Record<string, Mode>> = {
  input: 'free',
  input_examples: 'free',
  metadata: 'free',
  input_schema: 'schema',
  schema: 'schema',
};

/** The prefix that prompt caches and thinking signatures are about. */
const PROMPT_ORDER = ['tools', 'system', 'messages'];

export interface Leaves {
  /** String values and keys, in the order in which a model reads them. */
  readonly texts: readonly StringSpan[];
  /** Texts of documents by their index in the request, whose offsets citations refer to. */
  readonly documents: readonly (StringSpan | undefined)[];
  /** Citations of documents by character offsets. */
  readonly citations: readonly ObjectSpan[];
  /** Base64 documents and images: nobody can look into them here. */
  readonly opaque: number;
}

/** Finds the texts of a scanned request body; iterative, as bodies may be nested deeply. */
export function leavesOf(text: string, root: Span): Leaves {
  const texts: StringSpan[] = [];
  const documents: (StringSpan | undefined)[] = [];
  const citations: ObjectSpan[] = [];
  let opaque = 0;
  const open: { value: Span; mode: Mode }[] = [{ value: root, mode: 'protocol' }];

  const openObject = (object: ObjectSpan, mode: Mode): void => {
    const type = mode === 'protocol' ? textMember(object, text, 'type') : undefined;
    if (type !== undefined && UNTOUCHABLE_BLOCKS.has(type)) return;
    if (type === 'document') documents.push(documentText(text, object));
    if (type === 'char_location') citations.push(object);
    if (type === 'base64') opaque += 1;
    const entries = object === root ? asPrompted(text, object) : object.entries;
    // The last shall be first: what is pushed last is read next.
    for (const { key, value } of entries.toReversed()) {
      if (mode === 'free') {
        open.push({ value, mode }, { value: key, mode });
        continue;
      }
      const name = stringAt(text, key);
      if (mode === 'schema') {
        if (!SCHEMA_KEYS.has(name)) open.push({ value, mode });
      } else if (name === 'data' && type === 'text') open.push({ value, mode });
      else if (name === 'name' && namesTool(text, object, type)) continue;
      else if (!isProtocolKey(name)) open.push({ value, mode: MODE_BY_KEY[name] ?? mode });
    }
  };

  for (let next = open.pop(); next; next = open.pop()) {
    const { value, mode } = next;
    if (value.kind === 'string') texts.push(value);
    else if (value.kind === 'object') openObject(value, mode);
    else if (value.kind === 'array') {
      for (const item of value.items.toReversed()) open.push({ value: item, mode });
    }
  }
  return { texts, documents, citations, opaque };
}

/** A request's fields as the upstream puts them together, whatever order they were written in. */
function asPrompted(text: string, request: ObjectSpan): readonly Entry[] {
  const rank = ({ key }: Entry) => {
    const place = PROMPT_ORDER.indexOf(stringAt(text, key));
    return place === -1 ? PROMPT_ORDER.length : place;
  };
  return request.entries.toSorted((one, other) => rank(one) - rank(other));
}

/** A tool's name is matched by the client letter for letter; other names are text. */
function namesTool(text: string, object: ObjectSpan, type: string | undefined): boolean {
  return (
    type?.includes('tool') || /_\d{8}$/.test(type ?? '') || !!member(object, text, 'input_schema')
  );
}

/** The text of a plain-text document; other kinds are not cited by character. */
function documentText(text: string, document: ObjectSpan): StringSpan | undefined {
  const source = member(document, text, 'source');
  if (source?.kind !== 'object' || textMember(source, text, 'type') !== 'text') return undefined;
  const data = member(source, text, 'data');
  return data?.kind === 'string' ? data : undefined;
}
