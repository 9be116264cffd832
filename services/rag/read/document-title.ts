// A document's display title: its declared title, otherwise its first heading, otherwise its file name.

import { blocksOf } from '../split/blocks.ts';
import { visibleText } from './visible-text.ts';

/** Blocks searched for the first heading. */
const BLOCKS_MAX = 50;
/** Default titles written by programs. */
const MEANINGLESS =
  /^(untitled|document ?\d*|title|unknown|(microsoft \w+ - )?\S*\.(docx?|indd|dvi|tex|qxd|pdf|pptx?|rtf))$/i;

export interface NamedDocument {
  readonly declared: string | undefined;
  readonly markdown: string;
  /** The file's name or path. */
  readonly name: string;
}

/** One line of at most `unitsMax`. */
export function documentTitle(
  { declared, markdown, name }: NamedDocument,
  unitsMax: number,
): string {
  const fileName = name.split(/[/\\]/).findLast((part) => part.trim() !== '') ?? name;
  const titles = [declared ?? '', firstHeading(markdown, unitsMax)];
  const title = titles.map((text) => oneLine(text, unitsMax)).find(saysSomething);
  return title ?? oneLine(fileName, unitsMax);
}

function saysSomething(title: string): boolean {
  return /[\p{L}\p{N}]/u.test(title) && !MEANINGLESS.test(title);
}

function oneLine(text: string, unitsMax: number): string {
  const line = visibleText(text.slice(0, 4 * unitsMax))
    .replace(/\s+/g, ' ')
    .trim();
  const cut = line.slice(0, unitsMax);
  return cut.isWellFormed() ? cut : cut.slice(0, -1);
}

function firstHeading(markdown: string, unitsMax: number): string {
  const first = blocksOf(markdown, unitsMax)
    .take(BLOCKS_MAX)
    .find((block) => block.kind === 'heading');
  return first?.text ?? '';
}
