// The texts of a request or response, with what the search for them found besides.

import type { JsonObject, JsonString, TextNode } from '../json/parse.ts';
import type { KeyPath } from './key-path.ts';
import type { Reading } from './protocol-fields.ts';
import type { Place } from './text-place.ts';

/**
 * - `text`: text in a known field.
 * - `value`, `key`: a value or a key of arbitrary JSON, such as a tool's input.
 * - `name`: the name of a property in a JSON schema, replaced in the same way wherever it occurs.
 * - `reference`: a reference in a JSON schema, which contains such names.
 * - `used`: a URL or pattern that the upstream uses, which must not be changed.
 */
export type TextRole = 'text' | 'value' | 'key' | 'name' | 'reference' | 'used';

export interface TextFields {
  /** Strings, keys and numbers in the order in which the model reads them. */
  readonly texts: readonly TextNode[];
  /** Part and turn of each text. */
  readonly places: readonly Place[];
  readonly roles: readonly TextRole[];
  /** The keys above each value. */
  readonly paths: readonly (KeyPath | undefined)[];
  /** Ids and enumerations of the protocol that could hold a value; no text for policies. */
  readonly identifiers: readonly TextNode[];
  /** Texts that must be returned as they came: neither changed nor shown to policies. */
  readonly verbatim: readonly TextNode[];
  /** Credentials that the upstream needs; neither changed nor shown to policies. */
  readonly credentials: readonly TextNode[];
  /** Text of each plain-text document by document index; citations refer to its offsets. */
  readonly documents: readonly (JsonString | undefined)[];
  /** Citations by character offset. */
  readonly citations: readonly JsonObject[];
  /** Citations by the index of a search result. */
  readonly resultCitations: readonly JsonObject[];
  /** Number of base64 documents and images, which cannot be scanned. */
  readonly opaque: number;
}

/** Roles of strings by reading; all others are `text`. */
export const ROLES: Partial<Record<Reading | 'key', TextRole>> = {
  free: 'value',
  unknown: 'value',
  key: 'key',
  name: 'name',
  reference: 'reference',
  used: 'used',
};
