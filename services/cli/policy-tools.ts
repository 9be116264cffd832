import { buildDetection } from '../../shared/privacy/detection.ts';
import type { PolicyContext } from '../../shared/policy/compile.ts';
import type { Clock } from '../../shared/runtime/clock.ts';
import type { Config } from '../config/config.ts';
import { createPolicyContext } from '../host/policy-context.ts';
import { openTransport } from '../upstream/open-transport.ts';
import { createPolicyDryRun, type DryRunPolicy } from './policy-dry-run.ts';

export interface PolicyTools {
  readonly context: PolicyContext;
  readonly dryRunPolicy: DryRunPolicy;
}

export async function openPolicyTools(config: Config, clock: Clock): Promise<PolicyTools> {
  const detection = buildDetection(config.scrubber.rules);
  const transport = await openTransport(config, clock, { upstreamHealth: () => {} });
  const { scanner } = detection;
  const context = createPolicyContext({
    config,
    scanner,
    transport: () => Promise.resolve(transport),
    clock,
  });
  // A policy with a judge can be checked without an upstream; the judge is then reported as failed.
  const askModel =
    context.askModel ?? (() => Promise.reject(new Error('no upstream is configured')));
  return {
    context: { ...context, askModel },
    dryRunPolicy: createPolicyDryRun(detection, clock, config.limits),
  };
}
