// Parses LLMP_UPSTREAMS: addresses, keys, models and fallbacks of several upstreams. It holds credentials,
// so issues name paths and never values.

import * as z from 'zod';
import { globs } from '../../shared/policy/glob.ts';
import { readOperatorFile } from './operator-file.ts';

const milliseconds = z.int().min(1).max(3_600_000);
const model = z.string().regex(/^[\w.:/@[\]-]{1,200}$/, { error: 'must be a model id' });
const credential = z.string().regex(/^[\x21-\x7e]{1,4000}$/, {
  error: 'must be printable ASCII without spaces',
});

const upstream = z.strictObject({
  /** Shown in logs and in `x-llmp-upstream`. */
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, {
      error: 'must have only lowercase letters, digits and hyphens',
    })
    .refine((name) => name !== 'simulator', {
      error: 'must not be that of the built-in simulator, which costs nothing',
    }),
  url: z
    .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
    .refine((text) => {
      const { username, password, search, hash } = new URL(text);
      return [username, password, search, hash].every((part) => part === '');
    }, 'must not have credentials, a query or a fragment')
    .transform((text) => new URL(text).href.replace(/\/+$/, '')),
  /** Used round-robin; a key out of quota is skipped for a while. */
  keys: z.array(credential).max(100).default([]),
  /** How a key is sent. */
  auth: z.enum(['x-api-key', 'bearer']).default('x-api-key'),
  /** Relative share of requests among upstreams with the same model. */
  weight: z.number().positive().max(1_000).default(1),
  models: globs.default(['*']),
  /** Model ids of this upstream: `{ claude-sonnet-5-5: anthropic/claude-sonnet-5.5 }`. */
  aliases: z.record(model, model).default({}),
  /** Extra request headers; they replace the client's. */
  headers: z
    .record(
      z.string().regex(/^[\w-]{1,100}$/, { error: 'must be a header name' }),
      z.string().regex(/^[\x20-\x7e]{0,4000}$/, { error: 'must be printable ASCII' }),
    )
    .default({}),
  connect_timeout_ms: milliseconds.exactOptional(),
  /** Time limit for the response headers. */
  headers_timeout_ms: milliseconds.exactOptional(),
  http2: z.boolean().default(false),
  /** Overrides the proxy of the environment. */
  proxy: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).exactOptional(),
  /** CA certificate, PEM. */
  ca: z.string().includes('-----BEGIN ', { error: 'must be PEM text' }).exactOptional(),
  /** 4 or 6, when only one of them works. */
  address_family: z.literal([4, 6]).exactOptional(),
});

const upstreamsFile = z
  .strictObject({
    version: z.literal(1, { error: 'must be 1' }),
    upstreams: z.array(upstream).min(1).max(50),
    /** Maximum calls per request, over all upstreams and models. */
    max_attempts: z.int().min(1).max(10).default(3),
    /** Models to use, in this order, when no upstream can serve the requested one. */
    fallbacks: z.record(model, z.array(model).min(1).max(10)).default({}),
  })
  .superRefine(({ upstreams }, context) => {
    const names = upstreams.map(({ name }) => name);
    for (const [index, name] of names.entries()) {
      if (names.indexOf(name) === index) continue;
      const path = ['upstreams', index, 'name'];
      context.addIssue({
        code: 'custom',
        path,
        message: 'is already the name of another upstream',
      });
    }
  });

export type UpstreamsConfig = z.output<typeof upstreamsFile>;
export type UpstreamEntry = UpstreamsConfig['upstreams'][number];

/** @throws Error that lists the path of every issue. */
export function readUpstreams(text: string): UpstreamsConfig {
  return readOperatorFile(text, upstreamsFile);
}
