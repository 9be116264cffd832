// Why texts could not be made into vectors, in words that people may read: they hold neither the texts
// nor the key, nor what the endpoint said, as servers quote the text they choke on.

export type EmbeddingErrorCode =
  /** A text without words has no vector; nothing was asked. */
  | 'embedding_blank'
  /** The endpoint was not reached, or the connection broke. */
  | 'embedding_unreachable'
  /** No whole answer in time. */
  | 'embedding_late'
  /** The endpoint is out of quota or has a fault of its own. */
  | 'embedding_busy'
  /** The endpoint does not take the request, such as for its key or its model. */
  | 'embedding_refused'
  /** The answer is not what was asked for. */
  | 'embedding_unusable';

export class EmbeddingError extends Error {
  override readonly name = 'EmbeddingError';
  readonly code: EmbeddingErrorCode;
  /** How long the endpoint asks to wait, in milliseconds. */
  readonly waitMs: number | undefined;

  constructor(
    code: EmbeddingErrorCode,
    message: string,
    options: { readonly cause?: unknown; readonly waitMs?: number | undefined } = {},
  ) {
    super(message, options);
    this.code = code;
    this.waitMs = options.waitMs;
  }

  /** Whether the same request may succeed a little later. */
  get isPassing(): boolean {
    return ['embedding_unreachable', 'embedding_late', 'embedding_busy'].includes(this.code);
  }
}
