// The placeholders one request issues: values and counts for its vault. The same value has one token
// wherever it stands; that two values share one is refused, as it could not be undone.

import type { KeyObject } from 'node:crypto';
import { LlmpError } from '../../shared/errors.ts';
import { tokenOf } from '../../shared/privacy/placeholders.ts';
import type { Find } from '../../shared/privacy/text-finder.ts';

export class PlaceholderIssuer {
  readonly values: Record<string, string> = Object.create(null) as Record<string, string>;
  readonly counts: Record<string, number> = {};
  readonly #tenantKey: () => KeyObject;
  #key: KeyObject | undefined;
  readonly #tokenByValue = new Map<string, string>();

  /** Most requests need no token, and then no key either. */
  constructor(tenantKey: () => KeyObject) {
    this.#tenantKey = tenantKey;
  }

  /** What stands in for the value; throws `stage_failed` when its token is taken by another. */
  replace({ value, entity, label }: Find): string {
    this.count(entity);
    let token = this.#tokenByValue.get(value);
    if (token === undefined) {
      this.#key ??= this.#tenantKey();
      token = tokenOf(this.#key, label, value);
      if (token in this.values) {
        throw new LlmpError('stage_failed', 'Two values of the request share a placeholder.');
      }
      this.values[token] = value;
      this.#tokenByValue.set(value, token);
    }
    return token;
  }

  count(entity: string): void {
    this.counts[entity] = (this.counts[entity] ?? 0) + 1;
  }
}
