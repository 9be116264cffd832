import { customDetectors, customPatterns } from './detect/custom.ts';
import { TOPICS, type Detector } from './detect/detector.ts';
import { DETECTORS } from './detect/detectors.ts';
import { detectorProgram } from './detect/detector-program.ts';
import { createScanner, type Scanner, type TriggerSearch } from './detect/scan.ts';
import type { ScanProgram } from '../scan/program.ts';
import { DEFAULT_RULES, entitiesNamed, levelOf, readRules, type RulesFile } from './rules.ts';

/** The scrub rules and their compiled scanners. Compiling takes time, so a process does it once. */
export interface Detection {
  readonly rules: RulesFile;
  /** At the general levels. */
  readonly scanner: Scanner;
  /** At the levels of a key, by its public id. Keys with equal levels share a scanner. */
  readonly scannerFor: (keyId: string) => Scanner;
}

/**
 * @param rulesText YAML of the scrub rules; `null` for the defaults
 * @param startKernel makes the kernel that finds the triggers of all detectors; without it, each scanner
 * looks for them itself
 * @throws Error when the rules are invalid
 */
export function buildDetection(
  rulesText: string | null,
  startKernel?: (program: ScanProgram) => TriggerSearch,
): Detection {
  const rules = rulesText === null ? DEFAULT_RULES : readRules(rulesText);
  const custom = rules.custom ?? [];
  const kernel = startKernel?.(detectorProgram([...customDetectors(custom), ...DETECTORS]));
  const scannerByLevels = new Map<string, Scanner>();
  const scannerAt = (keyId?: string): Scanner => {
    const levels = TOPICS.map((topic) => levelOf(rules, topic, keyId)).join();
    const known = scannerByLevels.get(levels);
    if (known) return known;
    const active = DETECTORS.filter((detector) => isActive(detector, rules, keyId));
    const detectors = [...customDetectors(custom), ...active];
    const scanner = createScanner(detectors, customPatterns(custom), kernel);
    scannerByLevels.set(levels, scanner);
    return scanner;
  };
  const scanner = scannerAt();
  const scannerByKey = new Map(Object.keys(rules.keys ?? {}).map((id) => [id, scannerAt(id)]));
  return { rules, scanner, scannerFor: (keyId) => scannerByKey.get(keyId) ?? scanner };
}

function isActive({ tier, entity, topic }: Detector, rules: RulesFile, keyId?: string): boolean {
  if (topic === undefined) return tier !== 'C' || entitiesNamed(rules).has(entity);
  const level = levelOf(rules, topic, keyId);
  return tier === 'C' ? level === 'likely' : level !== 'off';
}
