// Files, batches and the like belong to one account: what passes as it is goes to the first key of the first
// upstream, and is not tried elsewhere.

import { LlmpError } from '../../../shared/errors.ts';
import { replaceHeaders } from '../../../shared/runtime/raw-headers.ts';
import type { UpstreamRequest, UpstreamResponse } from '../transport.ts';
import type { Endpoint } from './endpoint.ts';

export async function pinnedCall(
  [first]: readonly Pick<Endpoint, 'options'>[],
  request: UpstreamRequest,
): Promise<UpstreamResponse> {
  if (!first) throw new LlmpError('no_healthy_upstream');
  const { name, transport, headers, credentials } = first.options;
  const own = [...headers, ...(credentials[0] ?? [])];
  const response = await transport({ ...request, headers: replaceHeaders(request.headers, own) });
  return {
    ...response,
    headers: replaceHeaders(response.headers, ['x-llmp-upstream', name]),
    annotations: { ...response.annotations, upstream: name, upstreamTries: 1 },
  };
}
