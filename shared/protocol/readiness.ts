// What `/readyz` says, the same in every process.

export interface Readiness {
  /** Why requests cannot be served. */
  readonly reasons: readonly string[];
  /** What is missing while requests are still served. */
  readonly degraded: readonly string[];
}

/** Status and body of the response; the body has neither list where it would be empty. */
export function readinessResponse({ reasons, degraded }: Readiness): {
  readonly status: 200 | 503;
  readonly body: Readonly<Record<string, unknown>>;
} {
  if (reasons.length > 0) return { status: 503, body: { status: 'not ready', reasons } };
  return { status: 200, body: { status: 'ready', ...(degraded.length > 0 ? { degraded } : {}) } };
}
