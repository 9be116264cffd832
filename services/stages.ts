// Builds the stages of the rooms a process hosts: which detectors are on, which key and rules the
// scrubber has, which upstream answers.

import type { Clock } from '../shared/clock.ts';
import { customDetectors, customPatterns } from '../shared/detect/custom.ts';
import { DETECTORS } from '../shared/detect/detectors.ts';
import { createScanner, type Scanner } from '../shared/detect/scan.ts';
import { ROOMS, type Room } from '../shared/envelope.ts';
import type { Stage } from '../shared/stage.ts';
import type { Config } from './config.ts';
import { createPolicy } from './policy/policy.ts';
import { createRag } from './rag/rag.ts';
import { scrubKey } from './scrub-key.ts';
import { createRecogniser } from './scrubber/recogniser.ts';
import {
  DEFAULT_RULES,
  entitiesNamed,
  readRules,
  rulesFor,
  type RulesFile,
} from './scrubber/rules.ts';
import { createScrubber } from './scrubber/scrubber.ts';
import type { AnswerRules } from './upstream/answers/answer-rules.ts';
import { createHttpTransport } from './upstream/http.ts';
import { createSimulator } from './upstream/simulator.ts';
import { createUpstream } from './upstream/upstream.ts';

/**
 * The stages of `config.rooms`; what must be closed in the end goes onto `stack`.
 * @throws Error when the scrubber's rules are not usable or the data directory cannot be written
 */
export function buildStages(
  config: Config,
  clock: Clock,
  stack: AsyncDisposableStack,
): Partial<Record<Room, Stage>> {
  // Compiled once where one process hosts both rooms that look for personal data.
  let made: Detection | undefined;
  const detection = () => (made ??= buildDetection(config));
  const build: Record<Room, () => Stage> = {
    scrubber: () => buildScrubber(config, detection(), clock),
    policy: createPolicy,
    rag: createRag,
    upstream: () => buildUpstream(config, detection(), clock, stack),
  };
  const hosted = ROOMS.filter((room) => config.rooms.includes(room));
  return Object.fromEntries(hosted.map((room) => [room, build[room]()]));
}

function buildScrubber(config: Config, detection: Detection, clock: Clock): Stage {
  const { scrubber, dataDir, limits } = config;
  const masterKey = scrubKey(scrubber.key, dataDir);
  const { rules, scanner } = detection;
  const { recogniser } = rules;
  const recognise = recogniser ? { recognise: createRecogniser(recogniser, clock) } : {};
  return createScrubber({ rules, scanner, ...recognise, masterKey, clock, limits });
}

/** The rules, and a scanner for what they are about. */
interface Detection {
  readonly rules: RulesFile;
  readonly scanner: Scanner;
}

function buildDetection({ scrubber }: Config): Detection {
  const rules = scrubber.rules === null ? DEFAULT_RULES : readRules(scrubber.rules);
  const named = entitiesNamed(rules);
  const active = DETECTORS.filter(({ tier, entity }) => tier !== 'C' || named.has(entity));
  const custom = rules.custom ?? [];
  const detectors = [...customDetectors(custom), ...active];
  return { rules, scanner: createScanner(detectors, customPatterns(custom)) };
}

function buildUpstream(
  config: Config,
  { rules, scanner }: Detection,
  clock: Clock,
  stack: AsyncDisposableStack,
): Stage {
  const { upstream, limits } = config;
  const answers: AnswerRules = { scanner, actionFor: (keyId) => rulesFor(rules, keyId).answers };
  const common = { clock, limits, answers };
  if (upstream.kind === 'simulator') {
    return createUpstream({ ...common, transport: createSimulator({ clock }), credential: [] });
  }
  const { url, credential } = upstream;
  return createUpstream({
    transport: stack.use(createHttpTransport({ url, connectMs: limits.upstreamConnectMs })),
    ...common,
    credential: credential ? [credential.header, credential.value] : [],
  });
}
