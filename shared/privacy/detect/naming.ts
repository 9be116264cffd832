import { compileContext } from './context.ts';
import type { CompiledDetectors, Mark } from './compiled-detectors.ts';
import type { Detector } from './detector.ts';
import { HITS_MAX, SEARCH_LENGTH_MAX } from './keyword-index.ts';

/**
 * Compiles a test whether the name of a value, such as its key, may give it a meaning: whether it has a
 * keyword or a context word of any detector.
 */
export function compileNaming(
  detectors: readonly Detector[],
  { keywords }: CompiledDetectors,
): (name: string) => boolean {
  const isContext = compileContext(
    detectors.flatMap(({ context = [], names = [] }) => [...context, ...names]),
  );
  const hits = new Int32Array(HITS_MAX);
  return (name) => {
    for (let start = 0; start < name.length; start += SEARCH_LENGTH_MAX) {
      const end = Math.min(name.length, start + SEARCH_LENGTH_MAX);
      const count = keywords.search(name, start, end, hits);
      for (let each = 1; each < count; each += 2)
        if (hasDetectors(keywords.valuesOf(hits[each] ?? 0))) return true;
    }
    return isContext(name, name.length, name.length);
  };
}

/** Other keywords matter in tables only. */
function hasDetectors(keywords: readonly Mark[]): boolean {
  return keywords.some(({ candidates }) => candidates.length > 0);
}
