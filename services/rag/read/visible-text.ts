// Removes characters that readers cannot see, so a document cannot carry hidden instructions. Unlike
// shared/policy/packs/invisible-text.ts, which reports them, this edits the gateway's own copy for search.

/** Zero-width, direction, filler and tag characters, soft hyphens, and long variation selectors. */
const INVISIBLE =
  /[\u00ad\u061c\u115f\u1160\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e0fff}]|\u034f|\u17b4|\u17b5|[\u180b-\u180f]/gu;
/** Emoji use one selector; longer runs carry data. */
const SELECTORS = /[\ufe00-\ufe0f]{2,}/g;
// eslint-disable-next-line no-control-regex
const CONTROLS = /[\0-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]/g;

/** More blank lines add nothing. */
const BLANK_LINES = /\n(?:[ \t]*\n){3,}/g;

/** Also normalizes line ends to `\n` and no-break spaces to plain ones, and makes the text well-formed. */
export function visibleText(text: string): string {
  return text
    .replace(/\r\n?|[\v\f\u0085\u2028\u2029]/g, '\n')
    .replace(INVISIBLE, '')
    .replace(SELECTORS, '')
    .replace(CONTROLS, '')
    .replace(/[\u00a0\u202f\u2007]/g, ' ')
    .replace(BLANK_LINES, '\n\n\n')
    .toWellFormed();
}
