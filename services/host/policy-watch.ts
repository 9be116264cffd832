// The policies in force, and their replacement while requests go on: their folder is looked at twice a
// second, and at once when another process has seen a change. All of them are replaced or none: while
// one file is broken the old ones stay, and the log says why.

import type { Bus } from '../../shared/bus/bus.ts';
import type { Clock } from '../../shared/runtime/clock.ts';
import type { Events } from '../../shared/events.ts';
import { compilePolicy, PolicyError, type PolicyKit } from '../../shared/policy/compile.ts';
import { Policies } from '../../shared/policy/policies.ts';
import type { Policy } from '../../shared/policy/policy.ts';
import {
  parsePolicyText,
  readPolicyFiles,
  versionOf,
  type PolicyFile,
} from '../config/policy-files.ts';

const LOOK_MS = 500;

export interface PoliciesOptions {
  /** null: the shipped policy alone. */
  readonly folder: string | null;
  readonly kit: PolicyKit;
  readonly clock: Clock;
  readonly bus: Pick<Bus, 'publish' | 'subscribe'>;
  readonly events: Pick<Events, 'policiesReplaced' | 'policiesRejected'>;
}

export interface WatchedPolicies extends AsyncDisposable {
  readonly policies: Policies;
  /** Resolves when no look at the folder is going on. */
  looked(): Promise<void>;
}

/** Rejects when a policy is not usable: nothing starts with a rule left out. */
export async function openPolicies(options: PoliciesOptions): Promise<WatchedPolicies> {
  const { folder, kit, clock, bus } = options;
  const files = await readPolicyFiles(folder);
  const policies = new Policies(compileAll(files, kit));
  if (folder === null) return { policies, looked: done, [Symbol.asyncDispose]: done };

  const watch = new FolderWatch({ ...options, folder }, files, policies);
  const stop = clock.every(LOOK_MS, () => watch.look(false));
  const listening = await bus.subscribe('policies', () => watch.look(true));
  return {
    policies,
    looked: () => watch.looked(),
    async [Symbol.asyncDispose]() {
      stop();
      await listening.stop();
      await watch.close();
    },
  };
}

async function done(): Promise<void> {}

/** Looks at a folder, one look at a time, and replaces the policies when it has changed. */
class FolderWatch {
  readonly #options: PoliciesOptions & { readonly folder: string };
  readonly #policies: Policies;
  /** Content that is in force, or was refused. */
  #tried: string;
  /** Content of the last look. */
  #seen: string;
  /** Why the last look could not read the folder, and whether that was said. */
  #unreadable = { reason: '', isSaid: false };
  #looking: Promise<void> | undefined;
  #again = false;
  #closed = false;

  constructor(
    options: PoliciesOptions & { readonly folder: string },
    files: readonly PolicyFile[],
    policies: Policies,
  ) {
    this.#options = options;
    this.#policies = policies;
    this.#tried = this.#seen = contentOf(files);
  }

  /** `settled`: another process has seen the change twice already. */
  look(settled: boolean): void {
    if (this.#closed) return;
    if (this.#looking) {
      this.#again ||= settled;
      return;
    }
    this.#looking = this.#look(settled).finally(() => {
      this.#looking = undefined;
      const again = this.#again;
      this.#again = false;
      if (again) this.look(true);
    });
  }

  /** Resolves when no look is going on. */
  async looked(): Promise<void> {
    while (this.#looking) await this.#looking;
  }

  /** The same, and there will be none. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.looked();
  }

  async #look(settled: boolean): Promise<void> {
    try {
      const found = await readPolicyFiles(this.#options.folder);
      if (this.#closed) return;
      this.#unreadable = { reason: '', isSaid: false };
      const content = contentOf(found);
      // A file that is just being written is half of what its author means.
      const isSettled = settled || content === this.#seen;
      this.#seen = content;
      if (!isSettled || content === this.#tried) return;
      this.#tried = content;
      this.#replace(found);
    } catch (error) {
      const reason = reasonsOf(error).join('; ');
      // A file that goes away between two steps of one look is no fault.
      const isSame = reason === this.#unreadable.reason;
      if (isSame && !this.#unreadable.isSaid) this.#options.events.policiesRejected({ reason });
      this.#unreadable = { reason, isSaid: isSame };
    }
  }

  #replace(files: readonly PolicyFile[]): void {
    const { kit, events, bus } = this.#options;
    let compiled: ReadonlyMap<string, Policy>;
    try {
      compiled = compileAll(files, kit);
    } catch (error) {
      return events.policiesRejected({ reason: reasonsOf(error).join('; ') });
    }
    this.#policies.replace(compiled);
    events.policiesReplaced({ policies: this.#policies.labels });
    bus.publish('policies');
  }
}

/** Throws an Error with the faults of all files, each with its path. */
export function compileAll(
  files: readonly PolicyFile[],
  kit: PolicyKit,
): ReadonlyMap<string, Policy> {
  const faults: string[] = [];
  const compiled = files.flatMap((file): [string, Policy][] => {
    try {
      const label = `${file.name}@${versionOf(file)}`;
      return [[file.name, compilePolicy(parsePolicyText(file.text), label, kit)]];
    } catch (error) {
      faults.push(...reasonsOf(error).map((reason) => `${file.path}: ${reason}`));
      return [];
    }
  });
  if (faults.length > 0) throw new Error(faults.join('\n'));
  return new Map(compiled);
}

function reasonsOf(error: unknown): readonly string[] {
  if (error instanceof PolicyError) return error.issues;
  return [error instanceof Error ? error.message : String(error)];
}

function contentOf(files: readonly PolicyFile[]): string {
  return JSON.stringify(files.map(({ name, text }) => [name, text]));
}
