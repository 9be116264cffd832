// The order of test files: the longest first, else the last one runs alone. Vitest orders by the durations
// it has seen, and by size on a fresh clone, where short files are not the quick ones.

import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Those that take more than five seconds on an idle machine. */
const LONGEST = [
  'integration/heartbeats',
  'integration/load',
  'integration/settlement-journal',
  'integration/start',
  'integration/stop',
  'integration/scrub-threads',
  'integration/index-moves',
  'integration/readiness',
  'integration/drain',
  'integration/upstream-calls',
  'integration/failover-responses',
  'integration/disk-full',
  'integration/commands',
  'integration/rag',
  'contract/passage-index',
  'unit/rag/read/hostile-documents',
].map((name) => `test/${name}.test.ts`);

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- not the method of an array
    const ordered = await super.sort(files);
    return longestFirst(ordered, ({ moduleId }) => moduleId);
  }
}

/** Keeps the order of all other files. */
export function longestFirst<File>(files: readonly File[], pathOf: (file: File) => string): File[] {
  const placeOf = (file: File) => {
    const place = LONGEST.findIndex((path) => pathOf(file).endsWith(path));
    return place < 0 ? LONGEST.length : place;
  };
  return files.toSorted((one, other) => placeOf(one) - placeOf(other));
}

/** Files of the list that do not exist. */
export function unknownOf(paths: readonly string[]): string[] {
  return LONGEST.filter((path) => !paths.includes(path));
}
