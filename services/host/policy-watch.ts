// Replaces policies while requests run. Either all policies of the folder are replaced or none: while
// one file is broken the previous policies stay in force, and the log says why.

import type { Bus } from '../../shared/bus/bus.ts';
import type { Events } from '../../shared/events.ts';
import { PolicyError, policySteps, type PolicyContext } from '../../shared/policy/compile.ts';
import { EvidenceBook } from '../../shared/policy/evidence.ts';
import { Policies } from '../../shared/policy/policies.ts';
import type { Policy } from '../../shared/policy/policy.ts';
import type { ProcessKernel } from '../../shared/scan/process-kernel.ts';
import type { Limits } from '../../shared/limits.ts';
import type { Clock } from '../../shared/runtime/clock.ts';
import { finished } from '../../shared/runtime/finished.ts';
import { TimeSlice } from '../../shared/runtime/time-slice.ts';
import {
  parsePolicyText,
  readPolicyFiles,
  versionOf,
  type PolicyFile,
} from '../config/policy-files.ts';

const POLL_MS = 500;

export interface PoliciesOptions {
  /** null: the shipped policy alone. */
  readonly folder: string | null;
  readonly context: PolicyContext;
  /** Searches bodies for what policies look for; absent in a process that reads no bodies. */
  readonly kernel?: ProcessKernel | undefined;
  readonly clock: Clock;
  readonly limits: Pick<Limits, 'eventLoop'>;
  readonly bus: Pick<Bus, 'publish' | 'subscribe'>;
  readonly events: Pick<Events, 'policiesReplaced' | 'policiesRejected'>;
}

export interface WatchedPolicies extends AsyncDisposable {
  readonly policies: Policies;
  /** Resolves when no check of the folder is running. */
  checked(): Promise<void>;
}

/** Rejects when a policy is invalid, so a gateway never starts with a rule missing. */
export async function openPolicies(options: PoliciesOptions): Promise<WatchedPolicies> {
  const { folder, context, kernel, clock, bus } = options;
  const files = await readPolicyFiles(folder);
  const policies = new Policies(compileAll(files, context, kernel));
  if (folder === null) return { policies, checked: noop, [Symbol.asyncDispose]: noop };

  const watch = new FolderWatch({ ...options, folder }, files, policies);
  const cancelTimer = clock.every(POLL_MS, () => watch.check(false));
  const subscription = await bus.subscribe('policies', () => watch.check(true));
  return {
    policies,
    checked: () => watch.checked(),
    async [Symbol.asyncDispose]() {
      cancelTimer();
      await subscription.stop();
      await watch.close();
    },
  };
}

async function noop(): Promise<void> {}

/** Runs one check of the folder at a time and replaces the policies when its content has changed. */
class FolderWatch {
  readonly #options: PoliciesOptions & { readonly folder: string };
  readonly #policies: Policies;
  /** Content that is in force or was rejected. */
  #applied: string;
  /** Content at the last check. */
  #seen: string;
  /** Why the last check could not read the folder, and whether that was reported. */
  #readError = { reason: '', isReported: false };
  #checking: Promise<void> | undefined;
  #checkAgain = false;
  readonly #closed = new AbortController();

  constructor(
    options: PoliciesOptions & { readonly folder: string },
    files: readonly PolicyFile[],
    policies: Policies,
  ) {
    this.#options = options;
    this.#policies = policies;
    this.#applied = this.#seen = contentOf(files);
  }

  /** @param isSettled another process has already applied the change */
  check(isSettled: boolean): void {
    if (this.#closed.signal.aborted) return;
    if (this.#checking) {
      this.#checkAgain ||= isSettled;
      return;
    }
    this.#checking = this.#check(isSettled).finally(() => {
      this.#checking = undefined;
      const again = this.#checkAgain;
      this.#checkAgain = false;
      if (again) this.check(true);
    });
  }

  /** Resolves when no check is running. */
  async checked(): Promise<void> {
    while (this.#checking) await this.#checking;
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.checked();
  }

  async #check(isSettled: boolean): Promise<void> {
    try {
      const files = await readPolicyFiles(this.#options.folder);
      if (this.#closed.signal.aborted) return;
      this.#readError = { reason: '', isReported: false };
      const content = contentOf(files);
      // Content that two checks agree on is not half written.
      const isStable = isSettled || content === this.#seen;
      this.#seen = content;
      if (!isStable || content === this.#applied) return;
      this.#applied = content;
      await this.#replace(files);
    } catch (error) {
      const reason = issuesOf(error).join('; ');
      // Reported at the second check, as a file may vanish between listing and reading.
      const isRepeated = reason === this.#readError.reason;
      if (isRepeated && !this.#readError.isReported) {
        this.#options.events.policiesRejected({ reason });
      }
      this.#readError = { reason, isReported: isRepeated };
    }
  }

  async #replace(files: readonly PolicyFile[]): Promise<void> {
    const { context, kernel, clock, limits, events, bus } = this.#options;
    const timeSlice = new TimeSlice(clock, limits.eventLoop.timeSliceMs, this.#closed.signal);
    let compiled: ReadonlyMap<string, Policy>;
    try {
      compiled = await timeSlice.run(compileSteps(files, context, kernel));
    } catch (error) {
      if (this.#closed.signal.aborted) return;
      return events.policiesRejected({ reason: issuesOf(error).join('; ') });
    }
    this.#policies.replace(compiled);
    events.policiesReplaced({ policies: this.#policies.labels });
    bus.publish('policies');
  }
}

/** @throws Error with the issues of all files, each with its path */
export function compileAll(
  files: readonly PolicyFile[],
  context: PolicyContext,
  kernel?: ProcessKernel,
): ReadonlyMap<string, Policy> {
  return finished(compileSteps(files, context, kernel));
}

/** Like `compileAll`, in steps: while policies are replaced, requests go on. */
export function* compileSteps(
  files: readonly PolicyFile[],
  context: PolicyContext,
  kernel?: ProcessKernel,
): Generator<void, ReadonlyMap<string, Policy>> {
  const issues: string[] = [];
  const evidence = new EvidenceBook();
  const compiled = new Map<string, Policy>();
  for (const file of files) {
    try {
      const label = `${file.name}@${versionOf(file)}`;
      const document = parsePolicyText(file.text);
      yield;
      const policy = yield* policySteps(document, label, { ...context, evidence });
      compiled.set(file.name, policy);
    } catch (error) {
      issues.push(...issuesOf(error).map((issue) => `${file.path}: ${issue}`));
    }
    yield;
  }
  if (issues.length > 0) throw new Error(issues.join('\n'));
  yield* evidence.prepare(kernel);
  return compiled;
}

function issuesOf(error: unknown): readonly string[] {
  if (error instanceof PolicyError) return error.issues;
  return [error instanceof Error ? error.message : String(error)];
}

function contentOf(files: readonly PolicyFile[]): string {
  return JSON.stringify(files.map(({ name, text }) => [name, text]));
}
