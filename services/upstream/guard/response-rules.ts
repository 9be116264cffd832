// What is done with personal data that a model writes of its own accord, as far as the upstream worker
// has to know: nothing, a count in the log, or a fixed word in its place.

import type { Scanner } from '../../../shared/privacy/detect/scan.ts';

export type ResponseAction = 'ignore' | 'report' | 'redact';

export interface ResponseRules {
  readonly scanner: Scanner;
  /** By the public id of the key that asked. */
  actionFor(keyId: string): ResponseAction;
}

/** EntityCounts by entity, as they go into the request's log line. */
export type EntityCounts = Record<string, number>;

export function countFinding(counts: EntityCounts, entity: string): void {
  counts[entity] = (counts[entity] ?? 0) + 1;
}
