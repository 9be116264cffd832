// What an analyzer's entities are called in rules, headers, logs and placeholders.

import type { Detector } from '../detect/detector.ts';
import { UNNAMED_LABEL } from '../detect/scan.ts';

const UNNAMED_ENTITY = 'UNNAMED';

const LABELS: Readonly<Record<string, readonly string[]>> = {
  NAME: ['PERSON', 'PER', 'NAME', 'FIRST_NAME', 'LAST_NAME', 'FULL_NAME', 'PERSON_NAME'],
  LOCATION: ['LOCATION', 'LOC', 'GPE', 'FAC', 'ADDRESS', 'STREET_ADDRESS', 'CITY', 'COUNTRY'],
  ORG: ['ORG', 'ORGANIZATION', 'COMPANY', 'COMPANY_NAME'],
  DATE: ['DATE', 'DATE_TIME', 'TIME', 'DATE_OF_BIRTH'],
  GROUP: ['NRP', 'NORP'],
};
const LABEL_BY_ENTITY = new Map(
  Object.entries(LABELS).flatMap(([label, names]) => names.map((name) => [name, label] as const)),
);

/**
 * The analyzer's name of an entity as rules, headers and logs know it: `date of birth` becomes
 * `DATE_OF_BIRTH`, and a name without ASCII letters `UNNAMED`.
 */
export function entityName(name: string): string {
  if (/^[A-Z][A-Z0-9_]{0,62}$/.test(name)) return name;
  // An analyzer may give a name of any length.
  const words = name
    .slice(0, 256)
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, '_');
  return (
    words
      .replace(/^[_0-9]+/, '')
      .slice(0, 63)
      .replace(/_+$/, '') || UNNAMED_ENTITY
  );
}

export function labelOfEntity(entity: string): string {
  return LABEL_BY_ENTITY.get(entity) ?? UNNAMED_LABEL;
}

const remoteDetectors = new WeakSet<Detector>();

/** Carries entity and label of a remote finding; it detects nothing itself. */
export function remoteDetector(entity: string): Detector {
  const label = labelOfEntity(entity);
  const detector: Detector = { entity, label, tier: 'C', triggers: [], find: () => undefined };
  remoteDetectors.add(detector);
  return detector;
}

export function isRemote(detector: Detector): boolean {
  return remoteDetectors.has(detector);
}
