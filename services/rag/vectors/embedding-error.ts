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

/** How messages name the endpoint. */
export const ENDPOINT = 'the embeddings endpoint';

export class EmbeddingError extends Error {
  override readonly name = 'EmbeddingError';
  readonly component = ENDPOINT;
  /** `host:port` of the endpoint. */
  readonly address: string | undefined;
  readonly setting: string | undefined;
  readonly code: EmbeddingErrorCode;
  /** How long the endpoint asks to wait, in milliseconds. */
  readonly waitMs: number | undefined;

  constructor(
    code: EmbeddingErrorCode,
    message: string,
    options: {
      readonly cause?: unknown;
      readonly waitMs?: number | undefined;
      readonly address?: string;
      readonly setting?: string;
    } = {},
  ) {
    super(message, options);
    this.address = options.address;
    this.setting = options.setting;
    this.code = code;
    this.waitMs = options.waitMs;
  }

  /** Whether the same request may succeed a little later. */
  get isTransient(): boolean {
    return ['embedding_unreachable', 'embedding_late', 'embedding_busy'].includes(this.code);
  }

  /** The same, saying where the endpoint is and which setting to look at. */
  at(address: string): EmbeddingError {
    if (this.address !== undefined || this.code === 'embedding_blank') return this;
    const setting = SETTINGS[this.code];
    const where = this.message.replace(ENDPOINT, `${ENDPOINT} at ${address}`);
    const { cause, waitMs } = this;
    const facts = { cause, waitMs, address, setting };
    return new EmbeddingError(this.code, `${where}: check ${setting}`, facts);
  }
}

const SETTINGS = {
  embedding_unreachable: 'LLMP_EMBEDDINGS_URL',
  embedding_late: 'LLMP_EMBEDDINGS_URL',
  embedding_busy: 'LLMP_EMBEDDINGS_URL',
  embedding_refused: 'LLMP_EMBEDDINGS_KEY and LLMP_EMBEDDINGS_MODEL',
  embedding_unusable: 'LLMP_EMBEDDINGS_URL and LLMP_EMBEDDINGS_MODEL',
} as const;
