import { Endpoint, type EndpointOptions } from '../../services/upstream/pool/endpoint.ts';

/** An upstream for all models, with one credential that has no headers. */
export function endpointOf(
  options: Pick<EndpointOptions, 'name' | 'transport'> & Partial<EndpointOptions>,
): Endpoint {
  return new Endpoint({
    credentials: [[]],
    weight: 1,
    models: ['*'],
    aliases: {},
    headers: [],
    headersTimeoutMs: 60_000,
    ...options,
  });
}
