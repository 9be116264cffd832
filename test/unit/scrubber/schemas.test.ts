// JSON schemas: a key is a keyword only where the grammar has a schema; elsewhere it is a name.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SCHEMA_KEYWORDS } from '../../../shared/anthropic/schema-fields.ts';
import { checkProperty } from '../../kit/properties.ts';
import { scrubbing, tokensIn } from '../../kit/scrubbing.ts';
import { recordOf } from '../../kit/vaults.ts';

const ANN = 'ann.lee@corp-mail.org';

/** Every place of a request that holds a schema. */
const PLACES: Readonly<Record<string, (schema: unknown) => unknown>> = {
  'a tool': (schema) => ({ tools: [{ name: 'find', input_schema: schema }] }),
  'a tool of a set': (schema) => ({
    tools: [
      { type: 'mcp_toolset', mcp_server_name: 'crm', tools: [{ name: 'a', input_schema: schema }] },
    ],
  }),
  'the output': (schema) => ({
    output_config: { format: { type: 'json_schema', schema } },
  }),
  'the output of older versions': (schema) => ({
    output_format: { type: 'json_schema', schema },
  }),
  'an added tool': (schema) => ({
    messages: [
      {
        role: 'system',
        content: [
          {
            type: 'tool_addition',
            tool: { type: 'tool_definition', definition: { name: 'a', input_schema: schema } },
          },
        ],
      },
    ],
  }),
};

const NAMES = [...SCHEMA_KEYWORDS.keys(), 'id', 'name', 'data', 'model', 'role', 'cache_control'];

/** Keywords that hold a schema, or a list or a map of schemas. */
const NESTING: Readonly<Record<string, (schema: unknown) => unknown>> = {
  ...Object.fromEntries(
    (
      'additionalItems additionalProperties contains contentSchema else if items not propertyNames ' +
      'then unevaluatedItems unevaluatedProperties'
    )
      .split(' ')
      .map((keyword) => [keyword, (schema: unknown) => ({ [keyword]: schema })]),
  ),
  ...Object.fromEntries(
    ['allOf', 'anyOf', 'oneOf', 'prefixItems', 'items'].map((keyword) => [
      `${keyword}[]`,
      (schema: unknown) => ({ [keyword]: [true, schema] }),
    ]),
  ),
  ...Object.fromEntries(
    ['$defs', 'definitions', 'dependentSchemas', 'dependencies', 'patternProperties', 'properties']
      .flatMap((keyword) => NAMES.map((name) => [keyword, name] as const))
      .map(([keyword, name]) => [
        `${keyword}.${name}`,
        (schema: unknown) => ({ [keyword]: { [name]: schema } }),
      ]),
  ),
};

describe.each(Object.entries(PLACES))('the schema of %s', (_place, request) => {
  it.each(NAMES)('is searched below a property named %s', async (name) => {
    const body = JSON.stringify(request({ properties: { [name]: { description: ANN } } }));
    const { text, vault } = await scrubbing()(body);
    expect(text).not.toContain(ANN);
    // Nothing else changes.
    expect(text.replace(tokensIn(text)[0] ?? '', ANN)).toBe(body);
    expect(vault.counts).toEqual({ EMAIL_ADDRESS: 1 });
  });

  it('is searched at any depth, whatever holds it', async () => {
    const path = fc.array(fc.constantFrom(...Object.values(NESTING)), { maxLength: 6 });
    const keyword = fc.constantFrom('description', 'title', 'default', 'const', '$comment', 'x-a');
    await checkProperty(
      fc.asyncProperty(path, keyword, async (nesting, last) => {
        const schema = nesting.reduce<unknown>((inner, nest) => nest(inner), { [last]: ANN });
        const body = JSON.stringify(request(schema));
        const { text } = await scrubbing()(body);
        expect(text.replace(tokensIn(text)[0] ?? '', ANN)).toBe(body);
        expect(text).not.toContain(ANN);
      }),
      { runs: 60 },
    );
  });

  it('is searched in values and in keywords that no draft has', async () => {
    const schema = {
      title: ANN,
      default: { to: [ANN], [ANN]: 1 },
      examples: [{ to: ANN }],
      enum: [ANN],
      const: ANN,
      'x-owner': { mail: ANN },
    };
    const { text, vault } = await scrubbing()(JSON.stringify(request(schema)));
    expect(text).not.toContain(ANN);
    expect(vault.counts).toEqual({ EMAIL_ADDRESS: 7 });
  });

  it('keeps what makes it valid', async () => {
    const schema = {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      $id: 'https://corp-mail.org/order.json',
      type: ['object', 'null'],
      properties: {
        phone: { type: 'string', pattern: '^\\+14155550132$', format: 'phone' },
        card: { type: 'integer', minimum: 4539578763621486, maximum: 4539578763621486 },
        next: { $ref: '#/$defs/order' },
      },
      required: ['phone'],
      minProperties: 1,
      $defs: { order: { type: 'object' } },
    };
    const body = JSON.stringify(request(schema));
    const { text, vault } = await scrubbing()(body);
    expect(text).toBe(body);
    // The pattern is reported instead.
    expect(vault.unscrubbed).toEqual({ PHONE_NUMBER: 1 });
  });

  it('has the same placeholder wherever a property is named', async () => {
    const schema = {
      properties: { [ANN]: { $ref: `#/$defs/${ANN}` }, other: { $ref: `#/properties/${ANN}` } },
      required: ['other', ANN],
      dependentRequired: { [ANN]: [ANN] },
      dependencies: { other: [ANN] },
      patternProperties: { [`^${ANN}$`]: {} },
      $defs: { [ANN]: { title: 'x' } },
    };
    const body = JSON.stringify(request(schema));
    const { text } = await scrubbing()(body);
    const [token = ''] = tokensIn(text);
    expect(text).toBe(body.replaceAll(ANN, token));
  });

  it.each([
    ['with escaped slashes', `"#\\/$defs\\/${ANN}"`, `"#\\/$defs\\/<>"`],
    ['with a quoted sign', '"#/$defs/ann.lee%40corp-mail.org"', '"#/$defs/<>"'],
    ['with JSON escapes', '"#/$defs/ann.lee\\u0040corp-mail.org/title"', '"#/$defs/<>/title"'],
    ['with a tilde', `"#/properties/a~1b/${ANN}"`, '"#/properties/a~1b/<>"'],
    ['that is none', '"%%~~##//\\ud83d\\n%4"', '"%%~~##//\\ud83d\\n%4"'],
  ])('has the same placeholder in a reference %s', async (_what, reference, expected) => {
    const body = JSON.stringify(request({ $ref: 'REFERENCE', $defs: { [ANN]: {} } }));
    const { text, vault } = await scrubbing()(body.replace('"REFERENCE"', () => reference));
    const [token = ''] = Object.keys(recordOf(vault.values));
    expect(Object.keys(recordOf(vault.values))).toHaveLength(1);
    expect(text).toBe(
      body
        .replace('"REFERENCE"', () => expected.replace('<>', token))
        .replace(`"${ANN}"`, `"${token}"`),
    );
  });

  it('names a property in the same way before and after its value is known elsewhere', async () => {
    const password = 'hx7Kq2mPz9Lw';
    const schema = {
      properties: { [password]: { description: `password = "${password}"` } },
      required: [password],
    };
    const { text, vault } = await scrubbing()(JSON.stringify(request(schema)));
    expect(Object.values(recordOf(vault.values))).toEqual([password]);
    expect(text).toContain(`"${password}":{`);
    expect(text).toContain(`"required":["${password}"]`);
  });
});
