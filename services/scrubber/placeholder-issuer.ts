// Issues a request's placeholders and collects their values for the vault. Equal values share a token;
// two values with one token are rejected because the token could not be restored.

import type { KeyObject } from 'node:crypto';
import { LlmpError } from '../../shared/errors.ts';
import { tokenOf } from '../../shared/privacy/placeholders.ts';
import type { TextFinding } from '../../shared/privacy/text-finder.ts';

export class PlaceholderIssuer {
  /** By token. A map, as an object with thousands of keys is slow. */
  readonly values = new Map<string, string>();
  readonly counts: Record<string, number> = {};
  readonly #tenantKey: () => KeyObject;
  #key: KeyObject | undefined;
  readonly #tokenByValue = new Map<string, string>();

  /** @param tenantKey called only if a token is needed */
  constructor(tenantKey: () => KeyObject) {
    this.#tenantKey = tenantKey;
  }

  /** The placeholder of a value; throws `stage_failed` if another value has the same token. */
  replace({ value, entity, label }: TextFinding): string {
    this.count(entity);
    let token = this.#tokenByValue.get(value);
    if (token === undefined) {
      this.#key ??= this.#tenantKey();
      token = tokenOf(this.#key, label, value);
      if (this.values.has(token)) {
        throw new LlmpError('stage_failed', 'Two values of the request share a placeholder.');
      }
      this.values.set(token, value);
      this.#tokenByValue.set(value, token);
    }
    return token;
  }

  count(entity: string): void {
    this.counts[entity] = (this.counts[entity] ?? 0) + 1;
  }
}
