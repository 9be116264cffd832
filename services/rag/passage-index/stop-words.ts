// English words without topical meaning. Kept short: words left out cannot be found, and BM25 already
// gives little weight to common words.

export const STOP_WORDS: ReadonlySet<string> = new Set(
  [
    'a an the this that these those',
    'i me my we us our you your he him his she her it its they them their',
    'am is are was were be been being do does did done have has had having',
    'can could may might must shall should will would',
    'and or but if then than so as because while',
    'of in on at by to from for with about into onto between through',
    'what which who whom whose when where why how',
    'not no nor only just also there here such any some all each both',
    'please tell don doesn didn isn aren wasn weren couldn wouldn shouldn',
  ].flatMap((row) => row.split(' ')),
);
