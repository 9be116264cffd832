import { compileContext } from './context.ts';
import type { CompiledDetectors, Mark } from './compiled-detectors.ts';
import type { Detector } from './detector.ts';

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
  return (name) => {
    for (let end = 1; end <= name.length; end++)
      if (hasDetectors(keywords.endingAt(name, end))) return true;
    return isContext(name, name.length, name.length);
  };
}

/** Other keywords matter in tables only. */
function hasDetectors(keywords: readonly Mark[]): boolean {
  return keywords.some(({ candidates }) => candidates.length > 0);
}
