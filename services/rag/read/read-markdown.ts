// Converts a document to Markdown. Each library is loaded only when needed.

import { decodeText } from './decode-text.ts';
import type { ReadingTask } from './reading-task.ts';
import { UnreadableDocumentError } from './unreadable-document.ts';
import { visibleText } from './visible-text.ts';

export interface DocumentText {
  /** The title in the document's metadata. */
  readonly title?: string | undefined;
  readonly markdown: string;
}

export async function readMarkdown(
  { kind, limits }: ReadingTask,
  bytes: Buffer,
): Promise<DocumentText> {
  const read = await readKind();
  if (read.markdown.length > limits.textCharsMax) {
    throw new UnreadableDocumentError('too_much_text');
  }
  if (!/[\p{L}\p{N}]/u.test(read.markdown)) throw new UnreadableDocumentError('empty');
  return read;

  async function readKind(): Promise<DocumentText> {
    switch (kind) {
      case 'text':
      case 'markdown':
        return { markdown: visibleText(decodeText(bytes)) };
      case 'html': {
        const { htmlToMarkdown } = await import('./html-markdown.ts');
        return htmlToMarkdown(decodeText(bytes), limits);
      }
      case 'docx': {
        const { docxToMarkdown } = await import('./docx-markdown.ts');
        return docxToMarkdown(bytes, limits);
      }
      case 'pdf': {
        const { pdfToMarkdown } = await import('./pdf-markdown.ts');
        return pdfToMarkdown(bytes, limits);
      }
      default:
        return kind satisfies never;
    }
  }
}
