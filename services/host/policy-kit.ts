// What policies are compiled with in this process: its scanner, its clock, and the upstream as a judge.

import { withDeadline, type Clock } from '../../shared/runtime/clock.ts';
import type { Scanner } from '../../shared/privacy/detect/scan.ts';
import type { PolicyKit } from '../../shared/policy/compile.ts';
import { createAskModel, credentialOf } from './ask-model.ts';
import type { Config } from '../config/config.ts';
import type { Transport } from '../upstream/transport.ts';

export interface PolicyKitParts {
  readonly config: Pick<Config, 'upstream'>;
  readonly scanner: Scanner;
  readonly transport: Transport;
  readonly clock: Clock;
}

export function createPolicyKit({ config, scanner, transport, clock }: PolicyKitParts): PolicyKit {
  return {
    scan: (text) => scanner.scan(text),
    // The simulator would say something, but it judges nothing.
    ...(config.upstream.kind !== 'simulator'
      ? { askModel: createAskModel(transport, credentialOf(config)) }
      : {}),
    deadline: (ms, signal, work) => withDeadline(clock, ms, signal, work),
  };
}
