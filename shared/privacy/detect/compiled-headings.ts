// Compiles what detectors know about headings of tables.

import { compileContext } from './context.ts';
import type { Detector } from './detector.ts';
import type { Headings } from './table-reader.ts';

export function compileHeadings<Owner extends { readonly detector: Detector }>(
  owners: readonly Owner[],
): Headings<Owner> {
  const readers = owners.filter(({ detector }) => detector.column);
  const isContext = compileContext(owners.flatMap(({ detector }) => detector.context ?? []));
  return {
    columnsOf: (headings) =>
      headings.flatMap((heading, index) =>
        readers.flatMap((owner) => {
          const isValue = owner.detector.column?.testOf(heading, headings);
          return isValue ? [{ index, owner, isValue }] : [];
        }),
      ),
    isContext: (heading) => isContext(heading, heading.length, heading.length),
  };
}
