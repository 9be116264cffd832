// Converts PDF to Markdown, in the reading process only. PDF.js runs no scripts and loads nothing; without
// its CMap files, some Asian encodings yield no text.

import { getDocumentProxy } from 'unpdf';
import type { DocumentLimits } from '../../../shared/limits.ts';
import { linesOf, withoutRunningLines, type Line, type TextItem } from './pdf-lines.ts';
import { paragraphsOf } from './pdf-paragraphs.ts';
import { UnreadableDocumentError } from './unreadable-document.ts';
import { visibleText } from './visible-text.ts';

export interface PdfText {
  readonly title: string | undefined;
  readonly markdown: string;
}

type PdfDocument = Awaited<ReturnType<typeof getDocumentProxy>>;

export async function pdfToMarkdown(
  bytes: Uint8Array,
  limits: Pick<DocumentLimits, 'pagesMax' | 'textCharsMax'>,
): Promise<PdfText> {
  const pdf = await openPdf(bytes);
  if (pdf.numPages > limits.pagesMax) throw new UnreadableDocumentError('too_many_pages');

  const pages: Line[][] = [];
  let length = 0;
  for (let number = 1; number <= pdf.numPages; number++) {
    const page = await pdf.getPage(number);
    const { items } = await page.getTextContent();
    const lines = linesOf(items.filter((item): item is typeof item & TextItem => 'str' in item));
    length += lines.reduce((sum, { text }) => sum + text.length, 0);
    if (length > limits.textCharsMax) throw new UnreadableDocumentError('too_much_text');
    pages.push(lines);
    page.cleanup();
  }
  if (length === 0) throw new UnreadableDocumentError('scanned');
  const markdown = visibleText(paragraphsOf(withoutRunningLines(pages)));
  return { title: await titleOf(pdf), markdown };
}

async function openPdf(bytes: Uint8Array): Promise<PdfDocument> {
  try {
    // A copy, because PDF.js transfers the buffer.
    return await getDocumentProxy(new Uint8Array(bytes), {
      verbosity: 0,
      useSystemFonts: false,
      useWasm: false,
      enableXfa: false,
    });
  } catch (error) {
    const isLocked = error instanceof Error && error.name === 'PasswordException';
    throw new UnreadableDocumentError(isLocked ? 'encrypted' : 'corrupt', { cause: error });
  }
}

async function titleOf(pdf: PdfDocument): Promise<string | undefined> {
  const { info } = await pdf.getMetadata();
  const title = 'Title' in info ? info.Title : undefined;
  return typeof title === 'string' ? title : undefined;
}
