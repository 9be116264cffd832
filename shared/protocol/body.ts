// A request body: bytes in this process, or a claim check for bytes that another process holds, which
// only a worker that needs them fetches.

export interface Body {
  /** In bytes; known without reading. */
  readonly size: number;
  /** Callers must not change the bytes. @throws `worker_lost` when their holder is gone */
  read(signal: AbortSignal): Promise<Uint8Array>;
}

export class HeldBody implements Body {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get size(): number {
    return this.bytes.byteLength;
  }

  read(): Promise<Uint8Array> {
    return Promise.resolve(this.bytes);
  }
}

/** For requests without a body, such as GET /v1/models. */
export const EMPTY_BODY: Body = new HeldBody(new Uint8Array());
