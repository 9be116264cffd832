// DOCX to Markdown by way of HTML. Runs in the reading process alone. Only the parts with text are
// handed on, and without the runs that Word does not show.

import mammoth from 'mammoth';
import type { Limits } from '../../../shared/limits.ts';
import { htmlToMarkdown, type HtmlPage } from './html-markdown.ts';
import { UnreadableDocumentError } from './unreadable-document.ts';
import { unzip, zipStored } from './zip-parts.ts';

const STYLES = ["p[style-name='Title'] => h1:fresh", "p[style-name='Subtitle'] => p:fresh"];
const RUN_END = '</w:r>';
const VANISHED = /<w:vanish(?![^>]*w:val="(0|false|off)")[\s/>]/;

export async function docxToMarkdown(
  bytes: Buffer,
  limits: Pick<Limits['documents'], 'unpackedBytesMax'>,
): Promise<HtmlPage> {
  const parts = unzip(bytes, hasText, limits.unpackedBytesMax);
  for (const [name, part] of parts) {
    if (name.startsWith('word/')) parts.set(name, withoutHiddenRuns(part));
  }
  return htmlToMarkdown(await toHtml(zipStored(parts)));
}

/** Pictures, fonts, themes and programs stay behind. */
function hasText(name: string): boolean {
  return /\.(xml|rels)$/i.test(name) && !/^(customXml|word\/(theme|glossary))\//i.test(name);
}

async function toHtml(buffer: Buffer): Promise<string> {
  try {
    const convertImage = mammoth.images.imgElement(() => Promise.resolve({ src: '' }));
    const options = { styleMap: STYLES, convertImage, externalFileAccess: false };
    const { value } = await mammoth.convertToHtml({ buffer }, options);
    return value;
  } catch (error) {
    if (error instanceof RangeError) throw error;
    throw new UnreadableDocumentError('corrupt', { cause: error });
  }
}

/** Takes out each innermost run that is marked as vanished (ECMA-376, 17.3.2.41). */
function withoutHiddenRuns(part: Buffer): Buffer {
  const xml = part.toString('utf8');
  if (!xml.includes('<w:vanish')) return part;
  const pieces = xml.split(/(?=<w:r[\s>])/).map((piece) => {
    const end = piece.startsWith('<w:r') ? piece.indexOf(RUN_END) : -1;
    const isHidden = end >= 0 && VANISHED.test(piece.slice(0, end));
    return isHidden ? piece.slice(end + RUN_END.length) : piece;
  });
  return Buffer.from(pieces.join(''));
}
