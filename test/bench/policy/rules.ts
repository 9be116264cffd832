// Typical rules whose words rarely occur in the texts: searching without a match is the everyday cost.

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

/** Matchers that read texts. */
export const RULE_KINDS = Object.keys(MATCHERS).filter(
  (kind) => !['limit', 'model', 'tool'].includes(kind),
);

/** `count` rules with one matcher. */
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

/** Half of them word lists. */
export function fiftyRules(): object[] {
  const counts = { keyword: 25, near: 5, regex: 8, entity: 3, url: 3, code: 2 };
  const packs = ['prompt_injection', 'jailbreak', 'invisible_text', 'code_execution'];
  return [
    ...Object.entries(counts).flatMap(([kind, count]) => rulesOf(kind, count)),
    ...packs.flatMap((kind) => rulesOf(kind, 1)),
  ];
}

/** Read every delta without holding it back; otherwise the first byte would wait for model text. */
const CUTTING = { on: 'both', action: 'block', stream: { mode: 'cut' } };

/** Fifty rules over all local matchers, mostly blocking or redacting; five also read responses. */
export function mixedRules(): object[] {
  const counts = { keyword: 18, near: 5, regex: 7, entity: 2, url: 3, code: 2 };
  const packs = ['prompt_injection', 'jailbreak', 'invisible_text', 'code_execution'];
  const facts = { limit: 1, model: 2, tool: 1 };
  const responses = { keyword: 3, regex: 1, url: 1 };
  return [
    ...Object.entries(counts).flatMap(([kind, count]) => rulesOf(kind, count, actionOf(kind))),
    ...packs.flatMap((kind) => rulesOf(kind, 1)),
    ...Object.entries(facts).flatMap(([kind, count]) => rulesOf(kind, count, { action: 'block' })),
    ...Object.entries(responses).flatMap(([kind, count]) =>
      rulesOf(kind, count, CUTTING).map((rule) => ({
        ...rule,
        id: `responses-${(rule as { id: string }).id}`,
      })),
    ),
  ];
}

/** Rules that match the texts only flag, so that responses stay unchanged. */
function actionOf(kind: string): object {
  if (kind === 'entity' || kind === 'code') return {};
  return { action: kind === 'regex' ? 'redact' : 'block' };
}

function names(stem: string): string[] {
  return Array.from({ length: WORDS_A_RULE }, (_, index) => `${stem} codename ${index}`);
}
