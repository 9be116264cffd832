// First words of `npm run bench`, each of which measures something of its own.

export const SECTION_NAMES = [
  'soak',
  'privacy',
  'policy',
  'scan',
  'scanners',
  '--scanners',
  'growth',
  'rag',
  'steps',
  'beside',
  'capacity',
] as const;
export type SectionWord = (typeof SECTION_NAMES)[number];

export const isSectionWord = (word: string): word is SectionWord =>
  SECTION_NAMES.some((name) => name === word);
