// Every operation of the HTTP API: its input by the schemas that check it, its response by schemas that
// a test holds against a running gateway.

import * as z from 'zod';
import * as collectionInput from '../../services/admin/collection-input.ts';
import type { CollectionView } from '../../services/admin/collections.ts';
import type { DocumentView, FailedJobView } from '../../services/admin/documents.ts';
import * as keyInput from '../../services/admin/key-input.ts';
import type { KeyView } from '../../services/admin/key-view.ts';
import { scrubInput } from '../../services/admin/scrub.ts';
import { teamList, teamUpdate, type TeamView } from '../../services/admin/teams.ts';
import type { UsageReport, UsageView } from '../../services/admin/usage.ts';
import { scrubPreview } from '../../shared/privacy/preview.ts';
import * as usageInput from '../../services/admin/usage-input.ts';

export interface Operation {
  readonly method: 'get' | 'head' | 'post' | 'delete';
  readonly path: string;
  readonly summary: string;
  /** Which credential opens it. */
  readonly opens: 'nothing' | 'key' | 'admin';
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType | 'file';
  /** Of success; anything else is an error envelope. Without a schema the response is the upstream's. */
  readonly success: { readonly status: number; readonly schema?: z.ZodType; readonly csv?: true };
}

const time = z.iso.datetime();
const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.strictObject({ data: z.array(item), has_more: z.boolean(), last_id: z.string().nullable() });

const quotaView = z.strictObject({
  requests_per_minute: z.int().exactOptional(),
  input_tokens_per_minute: z.int().exactOptional(),
  output_tokens_per_minute: z.int().exactOptional(),
  concurrent_requests: z.int().exactOptional(),
  usd_per_day: z.number().exactOptional(),
  usd_per_month: z.number().exactOptional(),
});

const key = z.strictObject({
  id: z.string(),
  name: z.string(),
  team: z.string().nullable(),
  models: z.array(z.string()).nullable(),
  policy: z.string().nullable(),
  collections: z.array(z.string()).nullable(),
  cache_for: z.string().nullable(),
  limits: quotaView.nullable(),
  status: z.enum(['active', 'expired', 'revoked']),
  created_at: time,
  expires_at: time.nullable(),
  revoked_at: time.nullable(),
  replaced_by: z.string().nullable(),
}) satisfies z.ZodType<KeyView>;
const newKey = key.extend({ key: z.string(), replaces: z.string().exactOptional() });

const team = z.strictObject({
  team: z.string(),
  keys: z.int(),
  limits: quotaView.nullable(),
}) satisfies z.ZodType<TeamView>;

const counts = {
  requests: z.int(),
  failed_requests: z.int(),
  input_tokens: z.int(),
  cache_write_tokens: z.int(),
  cache_read_tokens: z.int(),
  output_tokens: z.int(),
  cost_usd: z.number(),
  unpriced_requests: z.int(),
  scrubbed: z.int(),
};
const sums = z.strictObject(counts) satisfies z.ZodType<UsageView>;
const usage = z.strictObject({
  from: z.iso.date(),
  to: z.iso.date(),
  data: z.array(
    z.strictObject({
      day: z.iso.date().exactOptional(),
      key: z.string().exactOptional(),
      team: z.string().exactOptional(),
      model: z.string().exactOptional(),
      ...counts,
    }),
  ),
  total: sums,
}) satisfies z.ZodType<UsageReport>;

const ledgerEntry = z.looseObject({
  id: z.string(),
  at: time,
  key: z.string(),
  route: z.string(),
  status: z.int(),
  outcome: z.enum(['responded', 'refused', 'failed', 'client_disconnected']),
  took_ms: z.number(),
  input_tokens: z.int(),
  cache_write_tokens: z.int(),
  cache_read_tokens: z.int(),
  output_tokens: z.int(),
  estimated: z.boolean(),
  usage_source: z.enum(['reported', 'estimated', 'simulator']).exactOptional(),
  unknown_calls: z.int().exactOptional(),
  pass_through: z.string().exactOptional(),
  cost_usd: z.number().nullable(),
});

const collection = z.strictObject({
  name: z.string(),
  team: z.string().nullable(),
  scrub: z.boolean(),
  inject: z.enum(['search_result', 'text', 'system']),
  citations: z.boolean(),
  passages_max: z.int(),
  tokens_max: z.int(),
  coverage_min: z.number(),
  deadline: z.string(),
  on_error: z.enum(['open', 'closed']),
  created_at: time,
}) satisfies z.ZodType<CollectionView>;

const document = z.strictObject({
  id: z.string(),
  collection: z.string(),
  name: z.string(),
  state: z.enum(['waiting', 'indexing', 'ready', 'failed', 'removing']),
  progress: z.number().nullable(),
  error: z.string().nullable(),
  bytes: z.int(),
  passages: z.int().nullable(),
  withheld: z.int().nullable(),
  created_at: time,
  indexed_at: time.nullable(),
}) satisfies z.ZodType<DocumentView>;

const failedJob = z.strictObject({
  collection: z.string(),
  document: z.string().nullable(),
  attempts: z.int(),
  error: z.string().nullable(),
}) satisfies z.ZodType<FailedJobView>;

const withFormat = (query: z.ZodObject) =>
  query.extend({ format: z.enum(['json', 'csv']).default('json') });

const health = z.strictObject({ status: z.literal('ok') });
const readiness = z.strictObject({
  status: z.literal('ready'),
  degraded: z.array(z.string()).exactOptional(),
});

const V1: readonly Operation[] = [
  ['post', '/v1/messages', 'Create a message, streamed or not.'],
  ['post', '/v1/messages/count_tokens', 'Count the input tokens of a message.'],
  ['get', '/v1/models', 'List models, from the upstream or from `LLMP_MODELS`.'],
  ['get', '/v1/models/{id}', 'Show a model.'],
].map(([method = '', path = '', summary = '']) => ({
  method: method === 'get' ? 'get' : 'post',
  path,
  summary,
  opens: 'key',
  success: { status: 200 },
}));

const PROBES: readonly Operation[] = [
  {
    method: 'get',
    path: '/healthz',
    summary: 'Whether the process is alive.',
    opens: 'nothing',
    success: { status: 200, schema: health },
  },
  {
    method: 'get',
    path: '/readyz',
    summary: 'Whether requests can be served; 503 with `reasons` when not.',
    opens: 'nothing',
    success: { status: 200, schema: readiness },
  },
  {
    method: 'head',
    path: '/',
    summary: 'Reachability probe of clients.',
    opens: 'nothing',
    success: { status: 200 },
  },
];

const ADMIN: readonly Operation[] = [
  {
    method: 'get',
    path: '/admin/keys',
    summary:
      'List keys, oldest first. `name` may have `*`; `status` is a list such as `active,expired`.',
    opens: 'admin',
    query: keyInput.listInput,
    success: { status: 200, schema: pageOf(key) },
  },
  {
    method: 'post',
    path: '/admin/keys',
    summary: 'Create a key. The response is the only place where its secret appears.',
    opens: 'admin',
    body: keyInput.createInput,
    success: { status: 201, schema: newKey },
  },
  {
    method: 'get',
    path: '/admin/keys/{id}',
    summary: 'Show a key.',
    opens: 'admin',
    success: { status: 200, schema: key },
  },
  {
    method: 'post',
    path: '/admin/keys/{id}',
    summary: 'Update a key. What is not given stays, each limit too; null removes a value.',
    opens: 'admin',
    body: keyInput.updateInput,
    success: { status: 200, schema: key },
  },
  {
    method: 'post',
    path: '/admin/keys/{id}/revoke',
    summary: 'Revoke a key. Every ingress refuses it within a second; running responses finish.',
    opens: 'admin',
    success: { status: 200, schema: key },
  },
  {
    method: 'post',
    path: '/admin/keys/{id}/rotate',
    summary: 'Create a successor with the same properties. The old key stays valid for `overlap`.',
    opens: 'admin',
    body: keyInput.rotateInput,
    success: { status: 201, schema: newKey },
  },
  {
    method: 'get',
    path: '/admin/teams',
    summary: 'List teams by name: those of keys, and those with limits. `name` may have `*`.',
    opens: 'admin',
    query: teamList,
    success: { status: 200, schema: pageOf(team) },
  },
  {
    method: 'get',
    path: '/admin/teams/{team}',
    summary: 'Show the limits of a team and the number of its keys.',
    opens: 'admin',
    success: { status: 200, schema: team },
  },
  {
    method: 'post',
    path: '/admin/teams/{team}',
    summary: 'Change limits that all keys of a team share. What is not given stays; null removes.',
    opens: 'admin',
    body: teamUpdate,
    success: { status: 200, schema: team },
  },
  {
    method: 'get',
    path: '/admin/usage',
    summary: 'Requests, tokens and cost, summed by any of day, key, team and model.',
    opens: 'admin',
    query: withFormat(usageInput.usageInput),
    success: { status: 200, schema: usage, csv: true },
  },
  {
    method: 'get',
    path: '/admin/ledger',
    summary:
      'The record of each request of a day: facts and cost, never content. As CSV the whole day, or a page with `limit`.',
    opens: 'admin',
    query: withFormat(usageInput.ledgerInput),
    success: { status: 200, schema: pageOf(ledgerEntry), csv: true },
  },
  {
    method: 'post',
    path: '/admin/scrub',
    summary:
      'Show what an upstream would see of a text, which may be a request as JSON. Nothing is kept.',
    opens: 'admin',
    body: scrubInput,
    success: { status: 200, schema: scrubPreview },
  },
  {
    method: 'get',
    path: '/admin/collections',
    summary: 'List collections by name.',
    opens: 'admin',
    query: collectionInput.pageInput,
    success: { status: 200, schema: pageOf(collection) },
  },
  {
    method: 'post',
    path: '/admin/collections',
    summary: 'Create a collection.',
    opens: 'admin',
    body: collectionInput.createInput,
    success: { status: 201, schema: collection },
  },
  {
    method: 'get',
    path: '/admin/collections/{collection}',
    summary: 'Show a collection.',
    opens: 'admin',
    success: { status: 200, schema: collection },
  },
  {
    method: 'post',
    path: '/admin/collections/{collection}',
    summary: 'Update a collection; `team: null` removes the team.',
    opens: 'admin',
    body: collectionInput.updateInput,
    success: { status: 200, schema: collection },
  },
  {
    method: 'delete',
    path: '/admin/collections/{collection}',
    summary: 'Delete a collection with all its documents; 409 while keys name it, unless forced.',
    opens: 'admin',
    query: collectionInput.dropInput,
    success: {
      status: 202,
      schema: z.strictObject({ name: z.string(), state: z.literal('removing') }),
    },
  },
  {
    method: 'post',
    path: '/admin/collections/{collection}/index',
    summary: 'Index all documents again; `refused` counts those whose file is no longer kept.',
    opens: 'admin',
    success: {
      status: 202,
      schema: z.strictObject({ documents: z.int(), refused: z.int() }),
    },
  },
  {
    method: 'get',
    path: '/admin/collections/{collection}/documents',
    summary: 'List documents by id.',
    opens: 'admin',
    query: collectionInput.pageInput,
    success: { status: 200, schema: pageOf(document) },
  },
  {
    method: 'post',
    path: '/admin/collections/{collection}/documents',
    summary:
      'Add or replace a document, as it is or as multipart/form-data; 200 when the same file is indexed already.',
    opens: 'admin',
    query: collectionInput.documentName,
    body: 'file',
    success: { status: 202, schema: document },
  },
  {
    method: 'get',
    path: '/admin/collections/{collection}/documents/{id}',
    summary: 'Show a document.',
    opens: 'admin',
    success: { status: 200, schema: document },
  },
  {
    method: 'delete',
    path: '/admin/collections/{collection}/documents/{id}',
    summary: 'Remove a document from the collection and, a moment later, from the index.',
    opens: 'admin',
    success: { status: 202, schema: document },
  },
  {
    method: 'post',
    path: '/admin/collections/{collection}/documents/{id}/index',
    summary: 'Index a document again, or retry one that failed.',
    opens: 'admin',
    success: { status: 202, schema: document },
  },
  {
    method: 'get',
    path: '/admin/documents/failed',
    summary: 'Indexing jobs that are no longer retried.',
    opens: 'admin',
    success: { status: 200, schema: z.strictObject({ data: z.array(failedJob) }) },
  },
];

const DESCRIPTION: Operation = {
  method: 'get',
  path: '/admin/openapi.json',
  summary: 'This description of the API, in OpenAPI 3.1.',
  opens: 'admin',
  success: { status: 200, schema: z.looseObject({ openapi: z.string() }) },
};

export const OPERATIONS: readonly Operation[] = [...V1, ...PROBES, ...ADMIN, DESCRIPTION];
