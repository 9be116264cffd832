// Converts the visible part of HTML to Markdown, in the reading process only: the libraries are not made
// for hostile pages.

import TurndownService from 'turndown';
import type { DocumentLimits } from '../../../shared/limits.ts';
import { UnreadableDocumentError } from './unreadable-document.ts';
import { oneLine, tableRules } from './html-tables.ts';
import type { PageElement } from './page-element.ts';
import { visibleText } from './visible-text.ts';

/** Elements that are not page text: scripts, forms, menus, media. */
const SKIPPED_ELEMENTS = new Set(
  (
    'SCRIPT STYLE TEMPLATE NOSCRIPT NAV IFRAME OBJECT EMBED SVG MATH CANVAS AUDIO VIDEO MAP ' +
    'SELECT BUTTON INPUT TEXTAREA DATALIST META LINK BASE'
  ).split(' '),
);

const INVISIBLE_STYLE =
  /(^|;)\s*(display\s*:\s*none|visibility\s*:\s*(hidden|collapse)|opacity\s*:\s*[0.]+\s*(!|;|$)|font-size\s*:\s*[0.]+\s*([a-z%]|!|;|$))/i;
/** Longer URLs carry data rather than a location. */
const URL_LENGTH_MAX = 300;

/** Void elements, and elements closed by the next of their kind. */
const FLAT_ELEMENTS = new Set(
  (
    'area base br col embed hr img input link meta param source track wbr ' +
    'p li dt dd tr td th thead tbody tfoot option optgroup rp rt colgroup html head body'
  ).split(' '),
);

export type HtmlLimits = Pick<DocumentLimits, 'nestingMax'>;

export interface HtmlPage {
  readonly title: string | undefined;
  readonly markdown: string;
}

/** Throws if more than `nestingMax` elements are open at once. */
export function htmlToMarkdown(html: string, { nestingMax }: HtmlLimits): HtmlPage {
  if (isTooNested(html, nestingMax)) throw new UnreadableDocumentError('too_nested');
  let title: string | undefined;
  const service = new TurndownService({
    headingStyle: 'atx',
    codeBlockStyle: 'fenced',
    bulletListMarker: '-',
    emDelimiter: '*',
  });
  // Search and model need plain words without escaping backslashes.
  service.escape = (text) => text.replace(/^(#{1,6}\s|```|~~~)/, '\\$1');

  const table = tableRules();
  // Turndown tries rules from last to first.
  service.addRule('link', {
    filter: 'a',
    replacement: (content, node) => link(content, node),
  });
  service.addRule('picture', {
    filter: 'img',
    replacement: (_, node) => oneLine(node.getAttribute('alt') ?? ''),
  });
  service.addRule('item', {
    filter: 'li',
    replacement: itemRule(),
  });
  service.addRule('table', {
    filter: 'table',
    replacement: (content) => `\n\n${content.trim()}\n\n`,
  });
  service.addRule('rows', {
    filter: ['thead', 'tbody', 'tfoot'],
    replacement: (content) => `\n${content.trim()}\n`,
  });
  service.addRule('row', { filter: 'tr', replacement: table.row });
  service.addRule('cell', { filter: ['td', 'th'], replacement: table.cell });
  service.addRule('title', {
    filter: 'title',
    replacement(_, node) {
      title ??= node.textContent ?? undefined;
      return '';
    },
  });
  service.addRule('invisible', {
    filter: (node) => isInvisible(node),
    replacement: () => '',
  });

  // Turndown wraps the page in an element of this name; the page must not close it.
  const markdown = service.turndown(html.replace(/<(\/?)x-turndown/gi, '<$1x-other'));
  return { title, markdown: visibleText(markdown).trim() };
}

function isInvisible(element: PageElement): boolean {
  return (
    SKIPPED_ELEMENTS.has(element.nodeName.toUpperCase()) ||
    element.getAttribute('hidden') !== null ||
    element.getAttribute('aria-hidden')?.toLowerCase() === 'true' ||
    INVISIBLE_STYLE.test(element.getAttribute('style') ?? '')
  );
}

function link(content: string, element: PageElement): string {
  const url = element.getAttribute('href')?.trim() ?? '';
  const isLink = /^(https?:\/\/|mailto:)[^\s<>()]+$/i.test(url);
  if (!isLink || url.length > URL_LENGTH_MAX || content.trim() === '') return content;
  return `[${content.trim()}](${url})`;
}

/** Counts items as they are visited: searching a long list for each item's index is quadratic. */
function itemRule(): (content: string, element: PageElement) => string {
  const countByList = new WeakMap<PageElement, number>();
  return (content, { parentNode: list }) => {
    const first = Number.parseInt(list?.getAttribute('start') ?? '1', 10) || 1;
    const number = list ? (countByList.get(list) ?? first) : first;
    if (list) countByList.set(list, number + 1);
    const mark = list?.nodeName === 'OL' ? `${number}. ` : '- ';
    return `${mark}${content.trim().replaceAll('\n', `\n${' '.repeat(mark.length)}`)}\n`;
  };
}

/** Counts tags, because parsing would take too long on hostile input. */
function isTooNested(html: string, nestingMax: number): boolean {
  let open = 0;
  for (const [, slash, name = ''] of html.matchAll(/<(\/?)([a-z][a-z0-9]*)/gi)) {
    if (FLAT_ELEMENTS.has(name.toLowerCase())) continue;
    open = slash === '' ? open + 1 : Math.max(0, open - 1);
    if (open > nestingMax) return true;
  }
  return false;
}
