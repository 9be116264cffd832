// Chooses an endpoint and key by weight among the healthy endpoints that serve the model, excluding
// what this request has tried.

import type { Endpoint } from './endpoint.ts';

export interface EndpointChoice {
  readonly endpoint: Endpoint;
  readonly key: number;
  /** The model's name at the endpoint; empty for requests without a model. */
  readonly model: string;
}

export interface EndpointChoiceOptions {
  readonly endpoints: readonly Endpoint[];
  readonly model: string | undefined;
  /** Path of the request without its query. */
  readonly route?: string;
  /** Ids from `choiceId`. */
  readonly tried: ReadonlySet<string>;
  readonly nowMs: number;
  /** Returns 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number;
}

/** Identifies an endpoint with one of its keys. */
export function choiceId({ endpoint, key }: Omit<EndpointChoice, 'model'>): string {
  return `${endpoint.options.name} ${key}`;
}

/** The ids of all keys of an endpoint. */
export function choiceIds(endpoint: Endpoint): string[] {
  return endpoint.options.credentials.map((_, key) => choiceId({ endpoint, key }));
}

/** @returns `undefined` if no endpoint is available */
export function chooseEndpoint({
  endpoints,
  model,
  route = '',
  tried,
  nowMs,
  random,
}: EndpointChoiceOptions) {
  const lacksModel = (endpoint: Endpoint) =>
    endpoint.isAvoided(endpoint.modelName(model) ?? '', nowMs);
  const serving = endpoints.filter((endpoint) => endpoint.modelName(model) !== undefined);
  // An endpoint without the model is skipped while another one may have it.
  const asked = serving.every(lacksModel) ? serving : serving.filter((each) => !lacksModel(each));
  const possible = asked.flatMap((endpoint): EndpointChoice[] => {
    const name = endpoint.modelName(model);
    if (name === undefined) return [];
    const ready = endpoint.readyKeys(nowMs);
    const key = ready.find((index) => !tried.has(choiceId({ endpoint, key: index })));
    return key === undefined ? [] : [{ endpoint, key, model: name }];
  });
  const preferred = possible.filter(({ endpoint }) => !endpoint.isAvoided(route, nowMs));
  const choices = preferred.length > 0 ? preferred : possible;
  const total = choices.reduce((sum, { endpoint }) => sum + endpoint.options.weight, 0);
  let position = random() * total;
  return (
    choices.find(({ endpoint }) => (position -= endpoint.options.weight) < 0) ?? choices.at(-1)
  );
}
