// A request body that may be elsewhere: in this process it is bytes, across the network a claim
// ticket whose bytes are pulled from their holder only by a worker that needs them.

export interface Body {
  /** Length in bytes, known without reading. */
  readonly size: number;
  /** The bytes; never to be changed. Rejects with `worker_lost` when their holder is gone. */
  read(signal: AbortSignal): Promise<Uint8Array>;
}

/** A body whose bytes are at hand. */
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

/** The body of a request that has none, such as GET /v1/models. */
export const EMPTY_BODY: Body = new HeldBody(new Uint8Array());
