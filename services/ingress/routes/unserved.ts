// Endpoints that clients of Anthropic or of other APIs know and the gateway does not serve: the error names
// the feature, so that nobody looks for a typing error.

import { LlmpError } from '../../../shared/errors.ts';

/** Features by the first segments of their paths. */
const FEATURES: readonly (readonly [paths: RegExp, feature: string])[] = [
  [/^\/v1\/messages\/batches(\/|$)/, 'Message Batches'],
  [/^\/v1\/files(\/|$)/, 'The Files API'],
  [/^\/v1\/skills(\/|$)/, 'The Skills API'],
  [/^\/v1\/complete$/, 'The Text Completions API'],
  [/^\/v1\/organizations(\/|$)/, "Anthropic's Admin API"],
  [
    /^\/v1\/(agents|sessions|environments|vaults|memory_stores|user_profiles)(\/|$)/,
    'Managed Agents',
  ],
  [/^\/v1\/experimental\//, 'Prompt tools'],
  [
    /^\/(v1\/)?(chat\/completions|completions|responses|embeddings)(\/|$)/,
    "OpenAI's API (the gateway speaks Anthropic's: POST /v1/messages)",
  ],
];

/** The error of a path without a route. */
export function unknownPathError(url: string): LlmpError {
  const [path = ''] = url.split(/[?#]/, 1);
  const feature = FEATURES.find(([paths]) => paths.test(path))?.[1];
  if (feature === undefined) return new LlmpError('not_found');
  return new LlmpError('not_supported', `The gateway does not support this: ${feature}.`, {
    details: { feature: feature.replace(/^The | \(.*$/g, '') },
  });
}
