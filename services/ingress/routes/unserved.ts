// Endpoints that clients of Anthropic or of other APIs know and the gateway does not serve: the error names
// the feature, so that nobody looks for a typing error.

import { LlmpError } from '../../../shared/errors.ts';
import { notSupported, PASSED_FEATURES } from '../../../shared/protocol/pass-through.ts';

/** Features by the first segments of their paths, besides those that can be passed through. */
const FEATURES: readonly (readonly [paths: RegExp, feature: string])[] = [
  [/^\/v1\/organizations(\/|$)/, "Anthropic's Admin API"],
  [/^\/v1\/experimental\//, 'Prompt tools'],
  [
    /^\/(v1\/)?(chat\/completions|completions|responses|embeddings)(\/|$)/,
    "OpenAI's API (the gateway speaks Anthropic's: POST /v1/messages)",
  ],
];

/** The error of a path without a route. */
export function unknownPathError(url: string): LlmpError {
  const [path = ''] = url.split(/[?#]/, 1);
  const passed = Object.values(PASSED_FEATURES).find(({ paths }) =>
    paths.some((each) => path === each || path.startsWith(`${each}/`)),
  );
  const feature = passed?.title ?? FEATURES.find(([paths]) => paths.test(path))?.[1];
  return feature === undefined ? new LlmpError('not_found') : notSupported(feature);
}
