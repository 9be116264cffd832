/**
 * Opens a resource on the first call, shares it with later callers, and closes it with `stack`.
 * After a failure the next call tries again.
 */
export function openOnce<Resource extends AsyncDisposable>(
  open: () => Promise<Resource>,
  stack: AsyncDisposableStack,
): () => Promise<Resource> {
  let opened: Promise<Resource> | undefined;
  return () => {
    opened ??= open().then(
      (resource) => stack.use(resource),
      (error: unknown) => {
        opened = undefined;
        throw error;
      },
    );
    return opened;
  };
}
