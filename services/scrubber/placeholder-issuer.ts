// Issues a request's placeholders and collects their values for the vault. Equal values share a token;
// two values with one token are rejected because the token could not be restored.

import type { KeyObject } from 'node:crypto';
import { LlmpError } from '../../shared/errors.ts';
import { tokenOf } from '../../shared/privacy/placeholders.ts';
import type { Vault } from '../../shared/privacy/vault.ts';
import type { TextFinding } from '../../shared/privacy/text-finder.ts';

export class PlaceholderIssuer {
  /** By token. A map, as an object with thousands of keys is slow. */
  readonly values = new Map<string, string>();
  readonly counts: Record<string, number> = {};
  readonly #used: Record<string, number> = {};
  /** Replacements of complete JSON numbers, and of complete JSON strings. */
  readonly #numbers = new Set<string>();
  readonly #strings = new Set<string>();
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

  /** Counts a value that passes because the upstream uses it. */
  countUsed(entity: string): void {
    this.#used[entity] = (this.#used[entity] ?? 0) + 1;
  }

  get hasUsed(): boolean {
    return Object.keys(this.#used).length > 0;
  }

  /** Records that a replacement stands for a JSON number. */
  markNumber(replacement: string): void {
    this.#numbers.add(replacement);
  }

  /** Records that a replacement stands for a JSON string. */
  markString(replacement: string): void {
    this.#strings.add(replacement);
  }

  /** What the vault holds besides the values. */
  get facts(): Pick<Vault, 'counts' | 'numbers' | 'unscrubbed'> {
    // What stands for both is restored as a string.
    const numbers = [...this.#numbers.difference(this.#strings)].filter((token) =>
      this.values.has(token),
    );
    return {
      counts: this.counts,
      ...(numbers.length > 0 ? { numbers } : {}),
      ...(this.hasUsed ? { unscrubbed: this.#used } : {}),
    };
  }
}
