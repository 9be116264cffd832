// The named policies that are in force, replaced all at once when their files change.

import { LlmpError } from '../errors.ts';
import type { Policy } from './policy.ts';

/** In force for keys that name none. */
export const DEFAULT_POLICY = 'default';

/** The name of a policy is that of its file. */
export const POLICY_NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;

export class Policies {
  #byName: ReadonlyMap<string, Policy>;

  constructor(byName: ReadonlyMap<string, Policy>) {
    this.#byName = byName;
  }

  /** For all requests from now on; those in work keep what they have. */
  replace(byName: ReadonlyMap<string, Policy>): void {
    this.#byName = byName;
  }

  /** Throws `policy_blocked` when there is none of the name: without its policy no request goes on. */
  named(name: string = DEFAULT_POLICY): Policy {
    const policy = this.#byName.get(name);
    if (policy) return policy;
    const message = 'The content policy that this API key names does not exist at the gateway.';
    throw new LlmpError('policy_blocked', message, { details: { policy: name } });
  }

  /** Labels of all, for logs. */
  get labels(): readonly string[] {
    return Array.from(this.#byName.values(), ({ label }) => label);
  }
}
