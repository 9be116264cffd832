// Issues a request's placeholders and collects their values for the vault. Equal values share a placeholder;
// a collision of two values fails the request, because the placeholder could not be restored.

import type { KeyObject } from 'node:crypto';
import { LlmpError } from '../../shared/errors.ts';
import { placeholderOf } from '../../shared/privacy/placeholders.ts';
import type { Vault } from '../../shared/privacy/vault.ts';
import { LargeMap } from '../../shared/runtime/large-map.ts';
import type { TextFinding } from '../../shared/privacy/text-finder.ts';

export class PlaceholderIssuer {
  /** Values by placeholder. */
  readonly values = new LargeMap<string>();
  readonly counts: Record<string, number> = {};
  readonly #used: Record<string, number> = {};
  /** Replacements of complete JSON numbers, and of complete JSON strings. */
  readonly #numbers = new Set<string>();
  readonly #strings = new Set<string>();
  readonly #tenantKey: () => KeyObject;
  #key: KeyObject | undefined;
  readonly #placeholderByValue = new LargeMap<string>();

  /** @param tenantKey called only if a placeholder is needed */
  constructor(tenantKey: () => KeyObject) {
    this.#tenantKey = tenantKey;
  }

  /** The placeholder of a value; throws `stage_failed` if another value has the same placeholder. */
  replace({ value, entity, label }: TextFinding): string {
    this.count(entity);
    let placeholder = this.#placeholderByValue.get(value);
    if (placeholder === undefined) {
      this.#key ??= this.#tenantKey();
      placeholder = placeholderOf(this.#key, label, value);
      if (this.values.has(placeholder)) {
        throw new LlmpError('stage_failed', 'Two values of the request share a placeholder.');
      }
      this.values.set(placeholder, value);
      this.#placeholderByValue.set(value, placeholder);
    }
    return placeholder;
  }

  /** The placeholder issued for a value, if any. */
  placeholderFor(value: string): string | undefined {
    return this.#placeholderByValue.get(value);
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
    const numbers = [...this.#numbers.difference(this.#strings)].filter((placeholder) =>
      this.values.has(placeholder),
    );
    return {
      counts: this.counts,
      ...(numbers.length > 0 ? { numbers } : {}),
      ...(this.hasUsed ? { unscrubbed: this.#used } : {}),
    };
  }
}
