import type { RedisOptions } from 'ioredis';

/** With replies as they have always been. */
export type NodeOptions = RedisOptions & { replyMapping?: 'legacy' };

export interface RedisConnectionOptions {
  /** As in `runtime/redis-url.ts`. */
  readonly url: string;
  /** CA certificate (PEM) of the servers and sentinels, when the system does not trust it. */
  readonly ca?: string;
  /** Login of the sentinels. */
  readonly sentinel?: { readonly user?: string; readonly password?: string };
  /** Timeout of connecting and of each command. */
  readonly commandMs: number;
  /** Reports connection errors; ioredis reconnects on its own. */
  readonly onError: (error: unknown) => void;
}
