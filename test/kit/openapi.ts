// The HTTP API as OpenAPI 3.1: the text of docs/openapi.json.

import * as z from 'zod';
import manifest from '../../package.json' with { type: 'json' };
import { OPERATIONS, type Operation } from './api-operations.ts';

/** The text of docs/openapi.json. */
export function openApi(): string {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const operation of OPERATIONS) {
    (paths[operation.path] ??= {})[operation.method] = operationObject(operation);
  }
  const either = [{ apiKey: [] }, { bearer: [] }];
  const spec = {
    openapi: '3.1.0',
    info: {
      title: manifest.name,
      version: manifest.version,
      description: `${manifest.description} Bodies of /v1 are those of the Anthropic Messages API and pass through.`,
      license: { name: manifest.license, identifier: manifest.license },
    },
    servers: [{ url: 'http://127.0.0.1:8080' }],
    security: either,
    paths,
    components: {
      securitySchemes: {
        apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key' },
        bearer: { type: 'http', scheme: 'bearer' },
      },
      schemas: { Error: ERROR },
    },
  };
  return `${JSON.stringify(spec, null, 2)}\n`;
}

const ERROR = {
  type: 'object',
  required: ['type', 'error', 'request_id'],
  properties: {
    type: { const: 'error' },
    error: {
      type: 'object',
      required: ['type', 'message'],
      properties: {
        type: { type: 'string' },
        message: { type: 'string' },
        details: { type: 'object', properties: { error_code: { type: 'string' } } },
      },
    },
    request_id: { type: 'string' },
  },
};

function operationObject({ method, path, summary, opens, query, body, success }: Operation) {
  const parameters = [
    ...Array.from(path.matchAll(/\{(\w+)\}/g), ([, name]) => ({
      name,
      in: 'path',
      required: true,
      schema: { type: 'string' },
    })),
    ...(query ? queryParameters(query) : []),
  ];
  return {
    operationId: operationId(method, path),
    summary,
    tags: [opens === 'nothing' ? 'probes' : opens === 'admin' ? 'admin' : 'messages'],
    ...(opens === 'nothing' ? { security: [] } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body === undefined && !(opens === 'key' && method === 'post')
      ? {}
      : { requestBody: requestBody(body) }),
    responses: {
      [success.status]: response(success),
      ...(opens === 'nothing' ? {} : { default: ERROR_RESPONSE }),
    },
  };
}

const ERROR_RESPONSE = {
  description: 'An error; docs/errors.md lists the codes.',
  content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
};

function requestBody(body: Operation['body']) {
  if (body === 'file') {
    const properties = { file: { type: 'string', format: 'binary' }, name: { type: 'string' } };
    const form = { schema: { type: 'object', required: ['file'], properties } };
    return { required: true, content: { '*/*': {}, 'multipart/form-data': form } };
  }
  const schema = body ? jsonSchema(body) : { type: 'object' };
  return { content: { 'application/json': { schema } } };
}

function response({ schema, csv }: Operation['success']) {
  const content = {
    ...(schema ? { 'application/json': { schema: jsonSchema(schema) } } : {}),
    ...(csv ? { 'text/csv': {} } : {}),
  };
  return { description: 'Success.', ...(Object.keys(content).length > 0 ? { content } : {}) };
}

function queryParameters(query: z.ZodObject) {
  const { properties = {}, required = [] } = jsonSchema(query) as {
    properties?: Record<string, unknown>;
    required?: readonly string[];
  };
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }));
}

function jsonSchema(schema: z.ZodType): object {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io: 'input' });
  return rest;
}

function operationId(method: string, path: string): string {
  const words = path.replaceAll(/[{}]/g, '').split(/\W+/).filter(Boolean);
  return [method, ...words.map((word) => word[0]?.toUpperCase() + word.slice(1))].join('');
}
