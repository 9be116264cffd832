// Rules as operators write them, of words that hardly stand in the texts: looking for what is not there
// is what costs, day by day.

const WORDS_A_RULE = 20;

const MATCHERS: Readonly<Record<string, (index: number) => object>> = {
  keyword: (index) => ({ type: 'keyword', words: names(`project ${index}`) }),
  near: (index) => ({ type: 'near', a: names(`merger ${index}`), b: names(`quarter ${index}`) }),
  regex: (index) => ({ type: 'regex', pattern: `\\bTKT-${index}\\d{4,8}\\b` }),
  entity: (index) => ({ type: 'entity', entities: ['CREDIT_CARD', `CUSTOM_${index}`] }),
  url: (index) => ({ type: 'url', deny: [`*.evil${index}.example`] }),
  code: () => ({ type: 'code', languages: ['powershell'] }),
  prompt_injection: () => ({ type: 'pack', pack: 'prompt_injection' }),
  jailbreak: () => ({ type: 'pack', pack: 'jailbreak' }),
  invisible_text: () => ({ type: 'pack', pack: 'invisible_text' }),
  code_execution: () => ({ type: 'pack', pack: 'code_execution' }),
  limit: () => ({ type: 'limit', max_body_bytes: 30_000_000 }),
  model: (index) => ({ type: 'model', deny: [`*-preview-${index}`] }),
  tool: (index) => ({ type: 'tool', deny: [`drop_table_${index}`] }),
};

/** Those that read texts. */
export const RULE_KINDS = Object.keys(MATCHERS).filter(
  (kind) => !['limit', 'model', 'tool'].includes(kind),
);

/** So many rules of one matcher. */
export function rulesOf(kind: string, count: number, more: object = {}): object[] {
  const matcher = MATCHERS[kind];
  if (!matcher) throw new RangeError(`there is no matcher ${kind}`);
  return Array.from({ length: count }, (_, index) => ({
    id: `${kind.replaceAll('_', '-')}-${index}`,
    match: { any: [matcher(index)] },
    action: 'flag',
    ...more,
  }));
}

/** Half of them lists of words. */
export function fiftyRules(): object[] {
  const counts = { keyword: 25, near: 5, regex: 8, entity: 3, url: 3, code: 2 };
  const packs = ['prompt_injection', 'jailbreak', 'invisible_text', 'code_execution'];
  return [
    ...Object.entries(counts).flatMap(([kind, count]) => rulesOf(kind, count)),
    ...packs.flatMap((kind) => rulesOf(kind, 1)),
  ];
}

/** They read every delta and hold nothing back, or the first byte would wait for the model's text. */
const CUTTING = { on: 'both', action: 'block', stream: { mode: 'cut' } };

/** Fifty of every matcher that asks nobody else, most of them to refuse or redact; five for answers, too. */
export function mixedRules(): object[] {
  const counts = { keyword: 18, near: 5, regex: 7, entity: 2, url: 3, code: 2 };
  const packs = ['prompt_injection', 'jailbreak', 'invisible_text', 'code_execution'];
  const facts = { limit: 1, model: 2, tool: 1 };
  const answers = { keyword: 3, regex: 1, url: 1 };
  return [
    ...Object.entries(counts).flatMap(([kind, count]) => rulesOf(kind, count, actionOf(kind))),
    ...packs.flatMap((kind) => rulesOf(kind, 1)),
    ...Object.entries(facts).flatMap(([kind, count]) => rulesOf(kind, count, { action: 'block' })),
    ...Object.entries(answers).flatMap(([kind, count]) =>
      rulesOf(kind, count, CUTTING).map((rule) => ({
        ...rule,
        id: `answers-${(rule as { id: string }).id}`,
      })),
    ),
  ];
}

/** What the texts of the bench do have is only flagged, or no answer would be the upstream's. */
function actionOf(kind: string): object {
  if (kind === 'entity' || kind === 'code') return {};
  return { action: kind === 'regex' ? 'redact' : 'block' };
}

function names(stem: string): string[] {
  return Array.from({ length: WORDS_A_RULE }, (_, index) => `${stem} codename ${index}`);
}
