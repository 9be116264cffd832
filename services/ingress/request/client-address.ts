// The address of a client behind proxies.

/** Whose x-forwarded-for fastify trusts: addresses, or a number of hops; null trusts nobody. */
export function proxiesOf(trusted: readonly string[] | number | null) {
  if (trusted === null) return false;
  return typeof trusted === 'number'
    ? (_: string, position: number) => position < trusted
    : [...trusted];
}

/** Some proxies append the client's port, which differs for each connection. */
export function withoutPort(address: string | undefined = ''): string {
  const parts = /^(?:\[([^\]]+)\]|([\d.]+))(?::\d+)?$/.exec(address);
  return parts?.[1] ?? parts?.[2] ?? address;
}
