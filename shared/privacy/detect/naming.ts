import { CANDIDATE_WORDS } from '../../scan/body-index.ts';
import { firstKeywordTrigger } from '../../scan/program.ts';
import type { BodyScanner } from '../../scan/scanner.ts';
import { compileContext } from './context.ts';
import type { Mark } from './compiled-detectors.ts';
import type { Detector } from './detector.ts';

/**
 * Compiles a test whether the name of a value, such as its key, may give it a meaning: whether it has a
 * keyword or a context word of any detector.
 */
export function compileNaming(
  detectors: readonly Detector[],
  kernel: Pick<BodyScanner, 'program' | 'search'>,
  marks: readonly (Mark | undefined)[],
): (name: string) => boolean {
  const isContext = compileContext(
    detectors.flatMap(({ context = [], names = [] }) => [...context, ...names]),
  );
  const first = firstKeywordTrigger(kernel.program);
  // Keywords without detectors matter in tables only.
  const isTelling = Uint8Array.from(marks, (mark, trigger) =>
    trigger >= first && mark && mark.candidates.length > 0 ? 1 : 0,
  );
  return (name) => {
    for (const part of kernel.search(name)) {
      for (let place = 1; place < part.length; place += CANDIDATE_WORDS)
        if (isTelling[part[place] ?? 0] === 1) return true;
    }
    return isContext(name, name.length, name.length);
  };
}
