import type { Events } from '../../shared/events.ts';
import type { Policies } from '../../shared/policy/policies.ts';
import type { Detection } from '../../shared/privacy/detection.ts';
import type { ConfirmContext, Stage } from '../../shared/protocol/stage.ts';
import type { FactTable } from '../../shared/runtime/fact-table.ts';
import type { Clock } from '../../shared/runtime/clock.ts';
import type { Config } from '../config/config.ts';
import { createPolicy } from './policy.ts';

export interface PolicyWorkerOptions {
  readonly config: Pick<Config, 'limits'>;
  readonly detection: Detection;
  readonly facts?: FactTable;
  readonly policies: () => Promise<Policies>;
  readonly clock: Clock;
  readonly events: Pick<Events, 'onError'>;
}

/** Rejects when a policy is invalid. */
export async function openPolicyWorker(
  options: PolicyWorkerOptions,
): Promise<{ stage: Stage<ConfirmContext> }> {
  const { config, detection, facts, policies, clock, events } = options;
  const stage = createPolicy({
    policies: await policies(),
    scanner: detection.scanner,
    ...(facts ? { facts } : {}),
    clock,
    limits: config.limits,
    onError: events.onError,
  });
  return { stage };
}
