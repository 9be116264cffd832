import { compileContext } from './context.ts';
import type { CompiledDetectors } from './compiled-detectors.ts';
import type { Detector } from './detector.ts';

/**
 * Compiles a test whether the name of a value, such as its key, may give it a meaning: whether it has a
 * keyword or a context word of any detector.
 */
export function compileNaming(
  detectors: readonly Detector[],
  { automaton, keywordsByStop }: CompiledDetectors,
): (name: string) => boolean {
  const isContext = compileContext(
    detectors.flatMap(({ context = [], named }) => [...context, ...(named?.names ?? [])]),
  );
  const { classes, next, shift, firstStop } = automaton;
  return (name) => {
    let state = 0;
    for (let at = 0; at < name.length; at++) {
      state = next[(state << shift) | (classes[name.charCodeAt(at)] ?? 0)] ?? 0;
      if (state >= firstStop && (keywordsByStop[state - firstStop]?.length ?? 0) > 0) return true;
    }
    return isContext(name, name.length, name.length);
  };
}
