// Detects a file's kind by its first bytes, otherwise by its extension. Unknown text is read as plain
// text; other unknown files are rejected.

import { UnreadableDocumentError } from './unreadable-document.ts';

export type DocumentKind = 'text' | 'markdown' | 'html' | 'pdf' | 'docx';

/** Where PDF readers look for the header (PDF 32000-1, annex H.3). */
const PDF_HEAD_BYTES = 1_024;
const SNIFFED_BYTES = 4_096;

const KIND_BY_EXTENSION: Readonly<Record<string, DocumentKind>> = {
  pdf: 'pdf',
  docx: 'docx',
  html: 'html',
  htm: 'html',
  xhtml: 'html',
  md: 'markdown',
  markdown: 'markdown',
  mdx: 'markdown',
  txt: 'text',
  text: 'text',
  csv: 'text',
  tsv: 'text',
  log: 'text',
  rst: 'text',
  adoc: 'text',
  json: 'text',
  yaml: 'text',
  yml: 'text',
};

/** Text formats that are not readable prose. */
const NO_TEXT = /^(\{\\rtf|%!PS|<\?xml[^>]*>\s*<(svg|Relationships)|<svg)/i;
const HTML = /^\s*(<\?xml[^>]*>\s*)?(<!--[^>]*-->\s*)*<(!doctype\s+html|html|head|body)\b/i;

/** Throws `UnreadableDocumentError` for unsupported files. */
export function documentKind(bytes: Buffer, name: string): DocumentKind {
  const named = KIND_BY_EXTENSION[/\.([a-z]+)$/i.exec(name)?.[1]?.toLowerCase() ?? ''];
  const pdfAt = bytes.subarray(0, PDF_HEAD_BYTES).indexOf('%PDF-', 0, 'latin1');
  if (pdfAt === 0 || (pdfAt > 0 && named === 'pdf')) return 'pdf';
  if (bytes.subarray(0, 4).toString('latin1') === 'PK\u0003\u0004') return zipped(bytes);
  // Word stores encrypted documents in the old container format.
  const isLocked = named === 'docx' && bytes.subarray(0, 4).toString('hex') === 'd0cf11e0';
  if (isLocked) throw new UnreadableDocumentError('encrypted');
  if (named === 'pdf' || named === 'docx') throw new UnreadableDocumentError('corrupt');

  if (isUtf16(bytes)) return named ?? 'text';
  const head = bytes
    .subarray(0, SNIFFED_BYTES)
    .toString('latin1')
    .replace(/^\xef\xbb\xbf/, '');
  if (isBinary(head) || NO_TEXT.test(head)) throw new UnreadableDocumentError('unknown_kind');
  if (HTML.test(head) && named !== 'markdown') return 'html';
  return named ?? 'text';
}

export function isUtf16(bytes: Buffer): boolean {
  const mark = bytes.subarray(0, 2).toString('hex');
  return mark === 'fffe' || mark === 'feff';
}

/** Spreadsheets, slides, books and archives are zip files as well. */
function zipped(bytes: Buffer): DocumentKind {
  if (bytes.includes('word/') && bytes.includes('[Content_Types].xml')) return 'docx';
  throw new UnreadableDocumentError('unknown_kind');
}

function isBinary(head: string): boolean {
  // eslint-disable-next-line no-control-regex
  return /[\0-\x08\x0e-\x1a\x1c-\x1f]/.test(head);
}
