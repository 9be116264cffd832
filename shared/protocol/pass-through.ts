// Features of Anthropic's API that the gateway does not serve, and can pass to the upstream as they come.

import { LlmpError } from '../errors.ts';

export const PASS_THROUGH_NAMES = ['batches', 'files', 'skills', 'agents', 'complete'] as const;
export type PassThrough = (typeof PASS_THROUGH_NAMES)[number];

export interface PassedFeature {
  /** For people. */
  readonly title: string;
  /** Paths that belong to it, with all below them. */
  readonly paths: readonly string[];
}

const AGENTS = ['agents', 'sessions', 'environments', 'vaults', 'memory_stores', 'user_profiles'];

export const PASSED_FEATURES: Readonly<Record<PassThrough, PassedFeature>> = {
  batches: { title: 'Message Batches', paths: ['/v1/messages/batches'] },
  files: { title: 'The Files API', paths: ['/v1/files'] },
  skills: { title: 'The Skills API', paths: ['/v1/skills'] },
  agents: { title: 'Managed Agents', paths: AGENTS.map((name) => `/v1/${name}`) },
  complete: { title: 'The Text Completions API', paths: ['/v1/complete'] },
};

/** Whether a second call has the effect of one (RFC 9110, 9.2.2). */
export function isIdempotent(method: string): boolean {
  return method !== 'POST' && method !== 'PATCH';
}

/** @param feature such as `The Files API` */
export function notSupported(feature: string, by = 'The gateway'): LlmpError {
  return new LlmpError('not_supported', `${by} does not support this: ${feature}.`, {
    details: { feature: feature.replace(/^The | \(.*$/g, '') },
  });
}
