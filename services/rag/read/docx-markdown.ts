// Converts DOCX to Markdown through HTML, in the reading process only. The library receives just the text
// parts, without hidden runs.

import mammoth from 'mammoth';
import type { DocumentLimits } from '../../../shared/limits.ts';
import { htmlToMarkdown, type HtmlPage } from './html-markdown.ts';
import { UnreadableDocumentError } from './unreadable-document.ts';
import { unzip, zipStored } from './zip-parts.ts';

const STYLES = ["p[style-name='Title'] => h1:fresh", "p[style-name='Subtitle'] => p:fresh"];
const RUN_END = '</w:r>';
const REVISION = / w:rsid[A-Za-z]*="[^"]*"/g;
const FORMATTING =
  /<w:(?:rFonts|sz|szCs|lang|color|kern|spacing|shd|noProof|w|position|bCs|iCs|ind|jc|widowControl|keepNext|keepLines|contextualSpacing|proofErr|lastRenderedPageBreak)(?: [^<>]*)?\/>/g;
const EMPTY = /<w:(rPr|pPr)><\/w:\1>/g;
const HIDDEN = /<w:vanish(?![^>]*w:val="(0|false|off)")[\s/>]/;

export async function docxToMarkdown(
  bytes: Buffer,
  limits: Pick<DocumentLimits, 'unpackedBytesMax' | 'nestingMax'>,
): Promise<HtmlPage> {
  const parts = unzip(bytes, hasText, limits.unpackedBytesMax);
  for (const [name, part] of parts) {
    if (name.startsWith('word/'))
      parts.set(name, Buffer.from(withoutFormatting(part.toString('utf8'))));
  }
  return htmlToMarkdown(await toHtml(zipStored(parts)), limits);
}

/** Skips pictures, fonts, themes and macros. */
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

/** Drops formatting elements: each costs the library some hundred times its size. */
function withoutFormatting(xml: string): string {
  return withoutHiddenRuns(xml).replace(REVISION, '').replace(FORMATTING, '').replace(EMPTY, '');
}

/** Removes each innermost run marked as vanished (ECMA-376, 17.3.2.41). */
function withoutHiddenRuns(xml: string): string {
  if (!xml.includes('<w:vanish')) return xml;
  return xml
    .split(/(?=<w:r[\s>])/)
    .map((chunk) => {
      const end = chunk.startsWith('<w:r') ? chunk.indexOf(RUN_END) : -1;
      const isHidden = end >= 0 && HIDDEN.test(chunk.slice(0, end));
      return isHidden ? chunk.slice(end + RUN_END.length) : chunk;
    })
    .join('');
}
