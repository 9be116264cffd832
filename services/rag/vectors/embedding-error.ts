// Why texts could not be embedded. Messages contain neither texts, nor the key, nor the endpoint's
// response, because servers quote their input.

export type EmbeddingErrorCode =
  /** A text without words has no vector; no request was made. */
  | 'embedding_blank'
  /** The endpoint was unreachable, or the connection broke. */
  | 'embedding_unreachable'
  /** No complete response in time. */
  | 'embedding_late'
  /** The endpoint is over quota or has an internal error. */
  | 'embedding_busy'
  /** The endpoint rejects the request, for example for its key or model. */
  | 'embedding_refused'
  /** The response does not match the request. */
  | 'embedding_unusable';

/** Name of the endpoint in messages. */
export const ENDPOINT = 'the embeddings endpoint';

export class EmbeddingError extends Error {
  override readonly name = 'EmbeddingError';
  readonly component = ENDPOINT;
  /** `host:port` of the endpoint. */
  readonly address: string | undefined;
  readonly setting: string | undefined;
  readonly code: EmbeddingErrorCode;
  /** How long the endpoint asks to wait. */
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

  /** Whether the same request may succeed later. */
  get isTransient(): boolean {
    return ['embedding_unreachable', 'embedding_late', 'embedding_busy'].includes(this.code);
  }

  /** A copy that names the endpoint's address and the setting to check. */
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
