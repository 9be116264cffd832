import type { Bus } from '../../shared/bus/bus.ts';
import type { Events } from '../../shared/events.ts';
import { STAGES, type StageName } from '../../shared/protocol/messages.ts';
import type { HostedStages, Stage, TaskContext } from '../../shared/protocol/stage.ts';
import type { PreviewScrub } from '../../shared/privacy/preview.ts';
import type { Queue } from '../../shared/queue/queue.ts';
import type { Clock } from '../../shared/runtime/clock.ts';
import type { ProcessKernel } from '../../shared/scan/process-kernel.ts';
import type { Store } from '../../shared/store/store.ts';
import type { Config } from '../config/config.ts';
import { openOnce } from './open-once.ts';
import { createPolicyContext } from './policy-context.ts';

export interface StagePorts {
  readonly clock: Clock;
  readonly bus: Bus;
  readonly events: Events;
  /** Opened by the first caller. */
  readonly store: () => Promise<Store>;
  readonly queue: () => Promise<Queue>;
  /** Retries what cannot be reached yet, for the start wait time. */
  readonly atStart: <Opened>(open: () => Promise<Opened>) => Promise<Opened>;
}

export interface BuiltStages {
  readonly stages: HostedStages;
  /** Absent in a process that hosts no scrubber. */
  readonly previewScrub?: PreviewScrub;
  /** Finishes work that did not come as a message, such as indexing, until `signal` aborts. */
  drain(signal: AbortSignal): Promise<void>;
}

interface Worker {
  readonly stage: Stage<TaskContext>;
  drain?(signal: AbortSignal): Promise<void>;
  close?(): Promise<void>;
}

type WorkerPorts = StagePorts & Awaited<ReturnType<typeof sharedPorts>>;

/** Modules of a worker are loaded only where it is hosted, which keeps starts fast and memory low. */
const WORKERS: Readonly<Record<StageName, (ports: WorkerPorts) => Promise<Worker>>> = {
  scrubber: async (ports) => (await import('../scrubber/worker.ts')).openScrubberWorker(ports),
  policy: async (ports) => (await import('../policy/worker.ts')).openPolicyWorker(ports),
  rag: async (ports) => (await import('../rag/worker.ts')).openRagWorker(ports),
  upstream: async (ports) => (await import('../upstream/worker.ts')).openUpstreamWorker(ports),
};

/**
 * Builds the stages of `config.workers`; `stack` closes what they open. Rejects when scrub rules or a
 * policy are invalid, the data directory cannot be written, or a database cannot be reached.
 */
export async function buildStages(
  config: Config,
  ports: StagePorts,
  stack: AsyncDisposableStack,
): Promise<BuiltStages> {
  const hosted = STAGES.filter((name) => config.workers.includes(name));
  if (hosted.length === 0) return { stages: {}, drain: () => Promise.resolve() };
  const workerPorts = { ...ports, ...(await sharedPorts(config, ports, stack)) };
  const stages: Partial<Record<StageName, Stage<TaskContext>>> = {};
  const workers: Worker[] = [];
  for (const name of hosted) {
    const worker = await WORKERS[name](workerPorts);
    if (worker.close) stack.defer(() => worker.close?.());
    workers.push(worker);
    stages[name] = worker.stage;
  }
  workerPorts.prepareKernel();
  return {
    stages,
    ...(hosted.includes('scrubber') ? { previewScrub: lazyPreview(workerPorts) } : {}),
    async drain(signal) {
      await Promise.all(workers.map(async (worker) => await worker.drain?.(signal)));
    },
  };
}

/** Loaded by the first operator who asks. */
function lazyPreview({ config, detection, clock }: WorkerPorts): PreviewScrub {
  return async (...text) => {
    const { openScrubPreview } = await import('../scrubber/open-preview.ts');
    return await openScrubPreview({ config, detection, clock })(...text);
  };
}

/** Names the setting in the error of what it configures. */
function ofSetting<Result>(setting: string, run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(`${setting}: ${message}`, { cause: error });
  }
}

/** What several workers of one process share; each is opened by the first worker that needs it. */
async function sharedPorts(config: Config, ports: StagePorts, stack: AsyncDisposableStack) {
  const { clock, bus, events } = ports;
  const { buildDetection } = await import('../../shared/privacy/detection.ts');
  const { startProcessKernel } = await import('../../shared/scan/process-kernel.ts');
  const { FactTable } = await import('../../shared/runtime/fact-table.ts');
  const readsTexts = config.workers.includes('scrubber') || config.workers.includes('policy');
  let kernel: ProcessKernel | undefined;
  const detection = ofSetting('LLMP_SCRUB_RULES', () =>
    buildDetection(
      config.scrubber.rules,
      readsTexts ? (program) => (kernel = startProcessKernel(program)) : undefined,
    ),
  );
  const facts = new FactTable(config.limits.scan.factBytesMax);
  const transport = openOnce(async () => {
    const { openTransport } = await import('../upstream/open-transport.ts');
    return await openTransport(config, clock, events);
  }, stack);
  const watch = openOnce(async () => {
    const { openPolicies } = await import('./policy-watch.ts');
    const context = createPolicyContext({ config, scanner: detection.scanner, transport, clock });
    return await openPolicies({
      folder: config.policies,
      context,
      kernel,
      clock,
      bus,
      events,
      limits: config.limits,
    });
  }, stack);
  const policies = async () => (await watch()).policies;
  return { config, detection, facts, transport, policies, prepareKernel: () => kernel?.prepare() };
}
