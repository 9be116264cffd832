// The policies in force by name; they are replaced together when their files change.

import { LlmpError } from '../errors.ts';
import type { Policy } from './policy.ts';

/** Applies to keys that name no policy. */
export const DEFAULT_POLICY = 'default';

/** A policy is named after its file. */
export const POLICY_NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;

export class Policies {
  #byName: ReadonlyMap<string, Policy>;

  constructor(byName: ReadonlyMap<string, Policy>) {
    this.#byName = byName;
  }

  /** Applies to new requests; requests in flight keep their policy. */
  replace(byName: ReadonlyMap<string, Policy>): void {
    this.#byName = byName;
  }

  /**
   * @throws LlmpError `policy_blocked` if the policy does not exist: no request passes without its
   * policy
   */
  named(name: string = DEFAULT_POLICY): Policy {
    const policy = this.#byName.get(name);
    if (policy) return policy;
    const message = `The content policy ${name} of this API key does not exist at the gateway.`;
    throw new LlmpError('policy_blocked', message, { details: { policy: name } });
  }

  /** Labels of all policies, for logs. */
  get labels(): readonly string[] {
    return Array.from(this.#byName.values(), ({ label }) => label);
  }
}
