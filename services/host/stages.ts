// Builds the stages of the workers a process hosts: which detectors are on, which key and rules the
// scrubber has, which policies are in force, which upstream answers.

import { hash } from 'node:crypto';
import type { Bus } from '../../shared/bus/bus.ts';
import type { Clock } from '../../shared/runtime/clock.ts';
import { STAGES, type StageName } from '../../shared/protocol/messages.ts';
import type { Events } from '../../shared/events.ts';
import { Policies } from '../../shared/policy/policies.ts';
import type { Queue } from '../../shared/queue/queue.ts';
import type {
  HostedStages,
  RagContext,
  ScrubberContext,
  Stage,
  TaskContext,
} from '../../shared/protocol/stage.ts';
import type { Store } from '../../shared/store/store.ts';
import { credentialOf } from './ask-model.ts';
import type { Config } from '../config/config.ts';
import { buildDetection, type Detection } from './detection.ts';
import { openTransport } from './open-transport.ts';
import { openPolicies } from './policy-watch.ts';
import { createPolicyKit } from './policy-kit.ts';
import type { Retrieval } from './retrieval.ts';
import { scrubKey } from '../scrubber/master-key.ts';
import { rulesFor } from '../../shared/privacy/rules.ts';
import type { ResponseRules } from '../upstream/guard/response-rules.ts';

export interface StagePorts {
  readonly clock: Clock;
  readonly bus: Bus;
  readonly events: Events;
  /** Opened by whoever needs it first. */
  readonly store: () => Promise<Store>;
  readonly queue: () => Promise<Queue>;
  /** Opens what is needed from the beginning, and waits for it for a while. */
  readonly atStart: <Opened>(open: () => Promise<Opened>) => Promise<Opened>;
}

export interface BuiltStages {
  readonly stages: HostedStages;
  /** Ends the work that workers do beside their messages; what is not done when `signal` aborts is left. */
  drain(signal: AbortSignal): Promise<void>;
}

/**
 * The stages of `config.workers`; what must be closed in the end goes onto `stack`.
 * @throws Error when the scrubber's rules or a policy are not usable or the data directory cannot be
 * written
 */
export async function buildStages(
  config: Config,
  { clock, bus, events, store, queue, atStart }: StagePorts,
  stack: AsyncDisposableStack,
): Promise<BuiltStages> {
  const hosted = STAGES.filter((stageName) => config.workers.includes(stageName));
  if (hosted.length === 0) return { stages: {}, drain: () => Promise.resolve() };
  // Made once where one process hosts several workers that use them.
  const detection = buildDetection(config);
  const transport = stack.use(await openTransport(config, clock, events));
  const judges = hosted.some((stageName) => stageName === 'policy' || stageName === 'upstream');
  const kit = createPolicyKit({ config, scanner: detection.scanner, transport, clock });
  const watched = { folder: config.policies, kit, clock, bus, events };
  const { policies } = judges ? stack.use(await openPolicies(watched)) : NO_POLICIES;
  const { limits } = config;
  const retrieval = hosted.includes('rag')
    ? stack.use(
        await (
          await import('./retrieval.ts')
        ).openRetrieval({ config, clock, events, store, queue, detection, kit, atStart }),
      )
    : undefined;
  // The modules of a worker are loaded where it is hosted: a process of one worker starts twice as fast.
  const build: Record<StageName, () => Promise<Stage<TaskContext>>> = {
    scrubber: () => buildScrubber(config, detection, clock),
    async policy() {
      const { createPolicy } = await import('../policy/policy.ts');
      const { scanner } = detection;
      return createPolicy({ policies, scanner, clock, limits, onError: events.onError });
    },
    rag: () => buildRag(config, retrieval, { clock, events, store }),
    async upstream() {
      const { createUpstream } = await import('../upstream/upstream.ts');
      const { ResponseCache } = await import('../upstream/cache/response-cache.ts');
      return createUpstream({
        transport,
        clock,
        limits,
        answers: responseRules(detection),
        policies,
        cache: new ResponseCache({
          answers: store,
          clock,
          limits,
          rulesVersion: hash('sha256', config.scrubber.rules ?? '', 'hex'),
          onError: events.onError,
        }),
        credential: credentialOf(config),
      });
    },
  };
  const stages = hosted.map(async (stageName) => [stageName, await build[stageName]()] as const);
  return {
    stages: Object.fromEntries(await Promise.all(stages)),
    drain: async (signal) => retrieval?.drain(signal),
  };
}

/** The store is opened by the first message that needs it. */
async function buildRag(
  { limits }: Config,
  retrieval: Retrieval | undefined,
  { clock, events, store }: Pick<StagePorts, 'clock' | 'events' | 'store'>,
): Promise<Stage<RagContext>> {
  if (!retrieval) throw new TypeError('the rag room is built without anything to search');
  const { createCollectionSets } = await import('../rag/collection-set.ts');
  const { createRag } = await import('../rag/rag.ts');
  const collections = { collection: async (name: string) => (await store()).collection(name) };
  return createRag({
    collectionSetOf: createCollectionSets({ collections, clock, limits }),
    retrieve: retrieval.retrieve,
    augmentations: {
      augmentations: async (...asked) => (await store()).augmentations(...asked),
      saveAugmentation: async (...kept) => (await store()).saveAugmentation(...kept),
    },
    clock,
    limits,
    onError: events.onError,
  });
}

const NO_POLICIES = { policies: new Policies(new Map()) };

async function buildScrubber(
  config: Config,
  detection: Detection,
  clock: Clock,
): Promise<Stage<ScrubberContext>> {
  const { createRecognizer } = await import('../../shared/privacy/recognizer.ts');
  const { createScrubber } = await import('../scrubber/scrubber.ts');
  const { scrubber, dataDir, limits } = config;
  const masterKey = scrubKey(scrubber.key, dataDir);
  const { rules, scanner } = detection;
  const { recognizer } = rules;
  const recognize = recognizer ? { recognize: createRecognizer(recognizer, clock) } : {};
  return createScrubber({ rules, scanner, ...recognize, masterKey, clock, limits });
}

function responseRules({ rules, scanner }: Detection): ResponseRules {
  return { scanner, actionFor: (keyId) => rulesFor(rules, keyId).answers };
}
