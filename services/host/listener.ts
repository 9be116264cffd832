/** The HTTP server of a process: the ingress, or the health server of a process without one. */
export interface Listener {
  readonly url: string;
  /** Makes /readyz fail, while requests are still taken. */
  reportNotReady(): void;
  /** Takes no new requests and waits for running ones until `signal` aborts. */
  drain(signal: AbortSignal): Promise<void>;
}
