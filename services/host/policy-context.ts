import type { PolicyContext } from '../../shared/policy/compile.ts';
import type { AskModel } from '../../shared/policy/matcher.ts';
import type { Scanner } from '../../shared/privacy/detect/scan.ts';
import { withDeadline, type Clock } from '../../shared/runtime/clock.ts';
import type { Config } from '../config/config.ts';
import type { Transport } from '../upstream/transport.ts';

export interface PolicyContextOptions {
  readonly config: Pick<Config, 'upstream'>;
  readonly scanner: Scanner;
  /** Called for each question to a judge, so it should open the transport once. */
  readonly transport: () => Promise<Transport>;
  readonly clock: Clock;
}

/** What policies are compiled with. Without a real upstream, policies cannot have judges. */
export function createPolicyContext(options: PolicyContextOptions): PolicyContext {
  const { config, scanner, clock } = options;
  return {
    scan: (text) => scanner.scan(text),
    ...(config.upstream.kind === 'simulator' ? {} : { askModel: lazyAskModel(options) }),
    deadline: (ms, signal, work) => withDeadline(clock, ms, signal, work),
  };
}

/** Loads the upstream's modules for the first question: most policies have no judge. */
function lazyAskModel({ config, transport }: PolicyContextOptions): AskModel {
  return async (question, signal) => {
    const { createAskModel } = await import('../upstream/ask-model.ts');
    const { credentialOf } = await import('../upstream/open-transport.ts');
    return await createAskModel(await transport(), credentialOf(config))(question, signal);
  };
}
