// What looks for personal data, by the scrubber's rules: one scanner for all workers of a process, as
// compiling it takes time.

import { customDetectors, customPatterns } from '../../shared/privacy/detect/custom.ts';
import { DETECTORS } from '../../shared/privacy/detect/detectors.ts';
import { createScanner, type Scanner } from '../../shared/privacy/detect/scan.ts';
import type { Config } from '../config/config.ts';
import {
  DEFAULT_RULES,
  entitiesNamed,
  readRules,
  type RulesFile,
} from '../../shared/privacy/rules.ts';

/** The rules, and a scanner for what they are about. */
export interface Detection {
  readonly rules: RulesFile;
  readonly scanner: Scanner;
}

/** Throws Error when the rules are not usable. */
export function buildDetection({ scrubber }: Pick<Config, 'scrubber'>): Detection {
  const rules = scrubber.rules === null ? DEFAULT_RULES : readRules(scrubber.rules);
  const named = entitiesNamed(rules);
  const active = DETECTORS.filter(({ tier, entity }) => tier !== 'C' || named.has(entity));
  const custom = rules.custom ?? [];
  const detectors = [...customDetectors(custom), ...active];
  return { rules, scanner: createScanner(detectors, customPatterns(custom)) };
}
