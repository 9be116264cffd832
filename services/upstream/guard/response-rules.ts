// What to do with personal data that the model produces: ignore it, report it in the log, or redact it.

import type { Scanner } from '../../../shared/privacy/detect/scan.ts';

export type ResponseAction = 'ignore' | 'report' | 'redact';

export interface ResponseRules {
  readonly scanner: Scanner;
  /** @param keyId the public id of the caller's key */
  actionFor(keyId: string): ResponseAction;
}

/** Number of findings by entity, for the request log. */
export type EntityCounts = Record<string, number>;

export function countFinding(counts: EntityCounts, entity: string): void {
  counts[entity] = (counts[entity] ?? 0) + 1;
}
