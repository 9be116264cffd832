// Messages are shown to the sender and stored with the record, so they never quote the document.

const REASONS = {
  too_large: 'The file is larger than allowed.',
  too_much_text: 'The document has more text than allowed; split it into parts.',
  too_many_pages: 'The document has more pages than allowed; split it into parts.',
  too_many_passages: 'The document has more sections than allowed; split it into parts.',
  too_slow: 'Reading the file took too long.',
  too_much_memory: 'Reading the file needs more memory than allowed.',
  too_nested: 'The document is nested too deeply.',
  encrypted: 'The file is protected by a password.',
  scanned: 'The PDF has no text, only pictures of it; run text recognition (OCR) on it first.',
  empty: 'The document has no text.',
  unknown_kind: 'The file is none of the kinds that can be read: text, Markdown, HTML, PDF, DOCX.',
  corrupt: 'The file is damaged, or is not what its name says.',
} as const;

export type UnreadableReason = keyof typeof REASONS;

/** The document itself is the cause: reading it again gives the same result. */
export class UnreadableDocumentError extends Error {
  override readonly name = 'UnreadableDocumentError';
  readonly reason: UnreadableReason;

  constructor(reason: UnreadableReason, options?: ErrorOptions) {
    super(REASONS[reason], options);
    this.reason = reason;
  }
}

export function isUnreadableReason(value: unknown): value is UnreadableReason {
  return typeof value === 'string' && Object.hasOwn(REASONS, value);
}
