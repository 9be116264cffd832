// Several upstreams, as an operator writes them down: where they are, with which keys they are asked,
// which models they have and what stands in when one fails. The text holds credentials, so faults name
// places and never values.

import * as z from 'zod';
import { globs } from '../../shared/policy/glob.ts';
import { readOperatorFile } from './operator-file.ts';

const milliseconds = z.int().min(1).max(3_600_000);
const model = z.string().regex(/^[\w.:/@[\]-]{1,200}$/, { error: 'must be the id of a model' });
const credential = z.string().regex(/^[\x21-\x7e]{1,4000}$/, {
  error: 'must be printable ASCII without spaces',
});

const upstream = z.strictObject({
  /** Stands in logs and in `x-llmp-upstream`. */
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, {
    error: 'must be of small letters, digits and hyphens',
  }),
  url: z
    .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
    .refine((text) => {
      const { username, password, search, hash } = new URL(text);
      return [username, password, search, hash].every((part) => part === '');
    }, 'must be without credentials, query and fragment')
    .transform((text) => new URL(text).href.replace(/\/+$/, '')),
  /** Used in turn; one that is out of quota rests. */
  keys: z.array(credential).max(100).default([]),
  /** How a key is sent. */
  auth: z.enum(['x-api-key', 'bearer']).default('x-api-key'),
  /** Its share of the requests that several could take. */
  weight: z.number().positive().max(1_000).default(1),
  models: globs.default(['*']),
  /** What models are called there: `{ claude-sonnet-5-5: anthropic/claude-sonnet-5.5 }`. */
  aliases: z.record(model, model).default({}),
  /** Sent along, in place of the client's. */
  headers: z
    .record(
      z.string().regex(/^[\w-]{1,100}$/, { error: 'must be the name of a header' }),
      z.string().regex(/^[\x20-\x7e]{0,4000}$/, { error: 'must be printable ASCII' }),
    )
    .default({}),
  connect_timeout_ms: milliseconds.exactOptional(),
  /** Until its response head. */
  headers_timeout_ms: milliseconds.exactOptional(),
  http2: z.boolean().default(false),
  /** In place of that of the environment. */
  proxy: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).exactOptional(),
  /** Authority of its certificate, PEM. */
  ca: z.string().includes('-----BEGIN ', { error: 'must be PEM text' }).exactOptional(),
  /** 4 or 6, where only one of them leads there. */
  address_family: z.literal([4, 6]).exactOptional(),
});

const upstreamsFile = z
  .strictObject({
    version: z.literal(1, { error: 'must be 1' }),
    upstreams: z.array(upstream).min(1).max(50),
    /** Calls for one request, over all upstreams and models. */
    max_attempts: z.int().min(1).max(10).default(3),
    /** Models that may answer in place of another, in this order, when no upstream has it. */
    fallbacks: z.record(model, z.array(model).min(1).max(10)).default({}),
  })
  .superRefine(({ upstreams }, context) => {
    const names = upstreams.map(({ name }) => name);
    for (const [index, name] of names.entries()) {
      if (names.indexOf(name) === index) continue;
      const path = ['upstreams', index, 'name'];
      context.addIssue({ code: 'custom', path, message: 'is the name of another, too' });
    }
  });

export type UpstreamsConfig = z.output<typeof upstreamsFile>;
export type UpstreamEntry = UpstreamsConfig['upstreams'][number];

/** Reads YAML or JSON; throws an Error that lists every fault with its path. */
export function readUpstreams(text: string): UpstreamsConfig {
  return readOperatorFile(text, upstreamsFile);
}
