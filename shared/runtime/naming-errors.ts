// Puts names to what the asynchronous methods of a port reject with, such as the server that failed.

/** The same port; `name` gives the error to reject with for the one there was. */
export function namingErrors<Port extends object>(
  port: Port,
  name: (error: unknown) => unknown,
): Port {
  const methods = Object.entries(port).map(([key, method]: [string, unknown]) => {
    if (typeof method !== 'function') return [key, method] as const;
    const named = (...words: unknown[]): unknown => {
      const answer: unknown = Reflect.apply(method, port, words);
      if (!(answer instanceof Promise)) return answer;
      return answer.catch((error: unknown) => {
        throw name(error);
      });
    };
    return [key, named] as const;
  });
  // Members that symbols name are taken over as they are.
  return { ...port, ...Object.fromEntries(methods) };
}
