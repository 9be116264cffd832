// The grammar of JSON Schema (drafts 4 to 2020-12). A key is a keyword only in a schema; under
// `properties` and the like it is a name, whatever it is called.

import type { Reading } from './protocol-fields.ts';

const READINGS: Partial<Record<Reading, string>> = {
  /** A schema, or a list of them. */
  schema:
    'additionalItems additionalProperties allOf anyOf contains contentSchema else if items not ' +
    'oneOf prefixItems propertyNames then unevaluatedItems unevaluatedProperties',
  /** Schemas by name. */
  schemas: '$defs definitions dependentSchemas patternProperties properties',
  /** Schemas or lists of names, by name. */
  dependencies: 'dependencies dependentRequired',
  /** Names of properties, which must be the same as in `properties`. */
  name: 'required',
  reference: '$dynamicRef $recursiveRef $ref',
  /** A changed pattern would accept other values. */
  used: 'pattern',
  protocol:
    '$anchor $dynamicAnchor $id $recursiveAnchor $schema $vocabulary contentEncoding ' +
    'contentMediaType deprecated exclusiveMaximum exclusiveMinimum format maxContains ' +
    'maxItems maxLength maxProperties maximum minContains minItems minLength minProperties ' +
    'minimum multipleOf nullable readOnly type uniqueItems writeOnly',
  text: '$comment description title',
  /** Values that the schema describes. */
  free: 'const default enum example examples',
};

/** Reading by keyword. */
export const SCHEMA_KEYWORDS: ReadonlyMap<string, Reading> = new Map(
  Object.entries(READINGS).flatMap(([reading, names]) =>
    names.split(' ').map((name) => [name, reading as Reading] as const),
  ),
);
