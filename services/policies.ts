// The policies in force, and their replacement while requests go on: their folder is looked at twice a
// second, and at once when another process has seen a change. All of them are replaced or none: while
// one file is broken the old ones stay, and the log says why.

import type { Bus } from '../shared/bus/bus.ts';
import type { Clock } from '../shared/clock.ts';
import type { Events } from '../shared/events.ts';
import { compilePolicy, PolicyFault, type PolicyKit } from '../shared/policy/compile.ts';
import { Policies } from '../shared/policy/policies.ts';
import type { Policy } from '../shared/policy/policy.ts';
import {
  parsePolicyText,
  readPolicyFiles,
  versionOf,
  type PolicyFile,
} from './config/policy-files.ts';

const LOOK_MS = 500;

export interface PoliciesOptions {
  /** null: the shipped policy alone. */
  readonly folder: string | null;
  readonly kit: PolicyKit;
  readonly clock: Clock;
  readonly bus: Pick<Bus, 'announce' | 'listen'>;
  readonly events: Pick<Events, 'policiesReplaced' | 'policiesRejected'>;
}

export interface WatchedPolicies extends AsyncDisposable {
  readonly policies: Policies;
}

/** Rejects when a policy is not usable: nothing starts with a rule left out. */
export async function openPolicies(options: PoliciesOptions): Promise<WatchedPolicies> {
  const { folder, kit, clock, bus, events } = options;
  const files = await readPolicyFiles(folder);
  const policies = new Policies(compileAll(files, kit));
  if (folder === null) return { policies, [Symbol.asyncDispose]: () => Promise.resolve() };

  let tried = contentOf(files);
  let seen = tried;
  let unreadable = '';
  const rejected = (error: unknown) => {
    events.policiesRejected({ reason: error instanceof Error ? error.message : String(error) });
  };
  const replace = (found: readonly PolicyFile[]) => {
    try {
      policies.replace(compileAll(found, kit));
    } catch (error) {
      return rejected(error);
    }
    events.policiesReplaced({ policies: policies.labels });
    bus.announce('policies');
  };
  /** A file that is just being written is half of what its author means, so a change counts only once
   * it is the same at two looks, or `settled` by those of another process. */
  const look = async (settled: boolean) => {
    try {
      const found = await readPolicyFiles(folder);
      unreadable = '';
      const content = contentOf(found);
      const isSettled = settled || content === seen;
      seen = content;
      if (!isSettled || content === tried) return;
      tried = content;
      replace(found);
    } catch (error) {
      const reason = String(error);
      if (reason !== unreadable) rejected(error);
      unreadable = reason;
    }
  };
  const stop = clock.every(LOOK_MS, () => void look(false));
  const listening = await bus.listen('policies', () => void look(true));
  return {
    policies,
    async [Symbol.asyncDispose]() {
      stop();
      await listening.stop();
    },
  };
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
  if (error instanceof PolicyFault) return error.faults;
  return [error instanceof Error ? error.message : String(error)];
}

function contentOf(files: readonly PolicyFile[]): string {
  return JSON.stringify(files.map(({ name, text }) => [name, text]));
}
