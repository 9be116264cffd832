import { hash } from 'node:crypto';
import type { Events } from '../../shared/events.ts';
import type { Policies } from '../../shared/policy/policies.ts';
import type { Detection } from '../../shared/privacy/detection.ts';
import { rulesFor } from '../../shared/privacy/rules.ts';
import type { Stage, UpstreamContext } from '../../shared/protocol/stage.ts';
import type { Clock } from '../../shared/runtime/clock.ts';
import type { Store } from '../../shared/store/store.ts';
import type { Config } from '../config/config.ts';
import { ResponseCache } from './cache/response-cache.ts';
import { credentialOf } from './open-transport.ts';
import type { Transport } from './transport.ts';
import { createUpstream } from './upstream.ts';

export interface UpstreamWorkerOptions {
  readonly config: Pick<Config, 'upstream' | 'scrubber' | 'limits'>;
  readonly detection: Detection;
  readonly policies: () => Promise<Policies>;
  readonly transport: () => Promise<Transport>;
  /** Opened by the first request that uses the response cache. */
  readonly store: () => Promise<Store>;
  readonly clock: Clock;
  readonly events: Pick<Events, 'onError'>;
}

/** Rejects when a policy is invalid. */
export async function openUpstreamWorker(
  options: UpstreamWorkerOptions,
): Promise<{ stage: Stage<UpstreamContext> }> {
  const { config, detection, policies, transport, store, clock, events } = options;
  const { limits, scrubber } = config;
  const { rules, scanner } = detection;
  const stage = createUpstream({
    transport: await transport(),
    policies: await policies(),
    credential: credentialOf(config),
    isFree: config.upstream.kind === 'simulator',
    responseRules: { scanner, actionFor: (keyId) => rulesFor(rules, keyId).responses },
    cache: new ResponseCache({
      store,
      clock,
      limits,
      rulesVersion: hash('sha256', scrubber.rules ?? '', 'hex'),
      onError: events.onError,
    }),
    clock,
    limits: {
      ...limits.upstream,
      ...limits.eventLoop,
      responseBytesMax: limits.pipeline.responseBytesMax,
    },
  });
  return { stage };
}
