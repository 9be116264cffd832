// HTML to Markdown, as far as a person would see it. Runs in the reading process alone: the libraries
// are not made for hostile pages.

import TurndownService from 'turndown';
import { visibleText } from './visible-text.ts';

/** Of the document that turndown builds, as far as it is looked at here. */
interface PageElement {
  readonly nodeName: string;
  readonly textContent: string | null;
  readonly parentNode: PageElement | null;
  readonly childNodes: ArrayLike<PageElement>;
  getAttribute(name: string): string | null;
  getElementsByTagName(name: string): ArrayLike<PageElement>;
}

/** What is no part of the page's text: programs, forms, menus, pictures and what stands in for them. */
const LEFT_OUT = new Set(
  (
    'SCRIPT STYLE TEMPLATE NOSCRIPT NAV IFRAME OBJECT EMBED SVG MATH CANVAS AUDIO VIDEO MAP ' +
    'SELECT BUTTON INPUT TEXTAREA DATALIST META LINK BASE'
  ).split(' '),
);

const UNSEEN_STYLE =
  /(^|;)\s*(display\s*:\s*none|visibility\s*:\s*(hidden|collapse)|opacity\s*:\s*0*\.?0+\s*(!|;|$)|font-size\s*:\s*0*\.?0+\s*([a-z%]|!|;|$))/i;
/** Longer addresses carry data, not a place. */
const ADDRESS_UNITS_MAX = 300;

export interface HtmlPage {
  readonly title: string | undefined;
  readonly markdown: string;
}

export function htmlToMarkdown(html: string): HtmlPage {
  let title: string | undefined;
  const service = new TurndownService({
    headingStyle: 'atx',
    codeBlockStyle: 'fenced',
    bulletListMarker: '-',
    emDelimiter: '*',
  });
  // Search and model read the words; backslashes between them would only be in the way.
  service.escape = (text) => text.replace(/^(#{1,6}\s|```|~~~)/, '\\$1');

  // Rules are tried from the last to the first.
  service.addRule('link', {
    filter: 'a',
    replacement: (content, node) => link(content, node),
  });
  service.addRule('picture', {
    filter: 'img',
    replacement: (_, node) => oneLine(node.getAttribute('alt') ?? ''),
  });
  service.addRule('table', {
    filter: ['table', 'thead', 'tbody', 'tfoot'],
    replacement: (content) => `\n\n${content.trim()}\n\n`,
  });
  service.addRule('row', {
    filter: 'tr',
    replacement: (content, node) => row(content, node),
  });
  service.addRule('cell', {
    filter: ['td', 'th'],
    replacement: (content, node) =>
      isData(node) ? ` ${oneLine(content).replaceAll('|', '\\|')} |` : `\n\n${content.trim()}\n\n`,
  });
  service.addRule('title', {
    filter: 'title',
    replacement(_, node) {
      title ??= node.textContent ?? undefined;
      return '';
    },
  });
  service.addRule('unseen', {
    filter: (node) => isUnseen(node),
    replacement: () => '',
  });

  // Turndown wraps the page in an element of this name, which the page must not close.
  const markdown = service.turndown(html.replace(/<(\/?)x-turndown/gi, '<$1x-other'));
  return { title, markdown: visibleText(markdown).trim() };
}

function isUnseen(element: PageElement): boolean {
  return (
    LEFT_OUT.has(element.nodeName.toUpperCase()) ||
    element.getAttribute('hidden') !== null ||
    element.getAttribute('aria-hidden')?.toLowerCase() === 'true' ||
    UNSEEN_STYLE.test(element.getAttribute('style') ?? '')
  );
}

function link(content: string, element: PageElement): string {
  const address = element.getAttribute('href')?.trim() ?? '';
  const leads = /^(https?:\/\/|mailto:)[^\s<>()]+$/i.test(address);
  if (!leads || address.length > ADDRESS_UNITS_MAX || content.trim() === '') return content;
  return `[${content.trim()}](${address})`;
}

/** A table of data has rows of more than one cell and no table inside; others only place text. */
function isData(cell: PageElement): boolean {
  const columns = Array.from(cell.parentNode?.childNodes ?? []).filter(isCell);
  return columns.length > 1 && cell.getElementsByTagName('table').length === 0;
}

function row(content: string, element: PageElement): string {
  const cells = Array.from(element.childNodes).filter(isCell);
  if (!cells.every(isData)) return `\n\n${content.trim()}\n\n`;
  const isFirst = Array.from(element.parentNode?.childNodes ?? []).find(isRow) === element;
  const isHead = isFirst && element.parentNode?.nodeName !== 'TFOOT' && !followsHead(element);
  return `|${content}\n${isHead ? `|${' --- |'.repeat(cells.length)}\n` : ''}`;
}

function followsHead(element: PageElement): boolean {
  const table = element.parentNode?.parentNode;
  const head = Array.from(table?.childNodes ?? []).find(
    ({ nodeName }) => nodeName === 'THEAD' || nodeName === 'TBODY',
  );
  return head !== element.parentNode;
}

function isCell({ nodeName }: PageElement): boolean {
  return nodeName === 'TD' || nodeName === 'TH';
}

function isRow({ nodeName }: PageElement): boolean {
  return nodeName === 'TR';
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
