import { customDetectors, customPatterns } from './detect/custom.ts';
import { DETECTORS } from './detect/detectors.ts';
import { createScanner, type Scanner } from './detect/scan.ts';
import { DEFAULT_RULES, entitiesNamed, readRules, type RulesFile } from './rules.ts';

/** The scrub rules and their compiled scanner. Compiling takes time, so a process does it once. */
export interface Detection {
  readonly rules: RulesFile;
  readonly scanner: Scanner;
}

/**
 * @param rulesText YAML of the scrub rules; `null` for the defaults
 * @throws Error when the rules are invalid
 */
export function buildDetection(rulesText: string | null): Detection {
  const rules = rulesText === null ? DEFAULT_RULES : readRules(rulesText);
  const named = entitiesNamed(rules);
  const active = DETECTORS.filter(({ tier, entity }) => tier !== 'C' || named.has(entity));
  const custom = rules.custom ?? [];
  const detectors = [...customDetectors(custom), ...active];
  return { rules, scanner: createScanner(detectors, customPatterns(custom)) };
}
