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

/** One line of at most `lengthMax`. */
export function documentTitle(
  { declared, markdown, name }: NamedDocument,
  lengthMax: number,
): string {
  const fileName = name.split(/[/\\]/).findLast((part) => part.trim() !== '') ?? name;
  const titles = [declared ?? '', firstHeading(markdown, lengthMax)];
  const title = titles.map((text) => oneLine(text, lengthMax)).find(isMeaningful);
  return title ?? oneLine(fileName, lengthMax);
}

function isMeaningful(title: string): boolean {
  return /[\p{L}\p{N}]/u.test(title) && !MEANINGLESS.test(title);
}

function oneLine(text: string, lengthMax: number): string {
  const line = visibleText(text.slice(0, 4 * lengthMax))
    .replace(/\s+/g, ' ')
    .trim();
  const cut = line.slice(0, lengthMax);
  return cut.isWellFormed() ? cut : cut.slice(0, -1);
}

function firstHeading(markdown: string, lengthMax: number): string {
  const first = blocksOf(markdown, lengthMax)
    .take(BLOCKS_MAX)
    .find((block) => block.kind === 'heading');
  return first?.text ?? '';
}
