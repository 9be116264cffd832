// Text without what a person does not see: a document must not tell the model what its readers cannot
// notice. Unlike shared/policy/packs/invisible-text.ts, which reports misuse in what others own, this
// makes the gateway's own copy for search, so all of it goes.

/** Zero width, direction controls, soft hyphens, fillers, tags and long variation selectors. */
const UNSEEN =
  /[\u00ad\u061c\u115f\u1160\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e0fff}]|\u034f|\u17b4|\u17b5|[\u180b-\u180f]/gu;
/** One selector belongs to an emoji; more of them carry data. */
const SELECTORS = /[\ufe00-\ufe0f]{2,}/g;
// eslint-disable-next-line no-control-regex
const CONTROLS = /[\0-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]/g;

/** Two say all that more of them could. */
const BLANK_LINES = /\n(?:[ \t]*\n){3,}/g;

/** Also makes each line end `\n`, each space that does not break a plain one, and the text well-formed. */
export function visibleText(text: string): string {
  return text
    .replace(/\r\n?|[\v\f\u0085\u2028\u2029]/g, '\n')
    .replace(UNSEEN, '')
    .replace(SELECTORS, '')
    .replace(CONTROLS, '')
    .replace(/[\u00a0\u202f\u2007]/g, ' ')
    .replace(BLANK_LINES, '\n\n\n')
    .toWellFormed();
}
