/** Wraps a port so that its async methods reject with `mapError(error)`. */
export function mapErrors<Port extends object>(
  port: Port,
  mapError: (error: unknown) => unknown,
): Port {
  const methods = Object.entries(port).map(([key, method]: [string, unknown]) => {
    if (typeof method !== 'function') return [key, method] as const;
    const wrapped = (...args: unknown[]): unknown => {
      const result: unknown = Reflect.apply(method, port, args);
      if (!(result instanceof Promise)) return result;
      return result.catch((error: unknown) => {
        throw mapError(error);
      });
    };
    return [key, wrapped] as const;
  });
  // The spread also copies symbol-keyed methods, unwrapped.
  return { ...port, ...Object.fromEntries(methods) };
}
