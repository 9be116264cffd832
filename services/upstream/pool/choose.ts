// Which upstream and key a request goes to: of those that have the model and are well, by weight; not
// one that this request has tried already.

import type { Endpoint } from './endpoint.ts';

export interface Choice {
  readonly endpoint: Endpoint;
  readonly key: number;
  /** What the model is called there; empty for requests without one. */
  readonly model: string;
}

export interface ChoiceOptions {
  readonly endpoints: readonly Endpoint[];
  readonly model: string | undefined;
  /** See `choiceId`. */
  readonly tried: ReadonlySet<string>;
  readonly nowMs: number;
  /** From 0 to 1. */
  readonly random: () => number;
}

/** Names an upstream with one of its keys. */
export function choiceId({ endpoint, key }: Omit<Choice, 'model'>): string {
  return `${endpoint.options.name} ${key}`;
}

/** Of all its keys. */
export function idsOf(endpoint: Endpoint): string[] {
  return endpoint.options.credentials.map((_, key) => choiceId({ endpoint, key }));
}

/** Undefined where nobody can take it now. */
export function choose({ endpoints, model, tried, nowMs, random }: ChoiceOptions) {
  const choices = endpoints.flatMap((endpoint): Choice[] => {
    const name = endpoint.modelName(model);
    if (name === undefined) return [];
    const ready = endpoint.readyKeys(nowMs);
    const key = ready.find((index) => !tried.has(choiceId({ endpoint, key: index })));
    return key === undefined ? [] : [{ endpoint, key, model: name }];
  });
  const total = choices.reduce((sum, { endpoint }) => sum + endpoint.options.weight, 0);
  let place = random() * total;
  return choices.find(({ endpoint }) => (place -= endpoint.options.weight) < 0) ?? choices.at(-1);
}
