/** The broker reports a denied subscription asynchronously; `check` throws it after a flush. */
export function watchDenial(
  nameError: (error: unknown) => unknown,
  onError: (error: unknown) => void,
) {
  let denied: unknown;
  return {
    note(error: Error) {
      denied ??= nameError(error);
      onError(nameError(error));
    },
    check() {
      if (denied) throw denied;
    },
  };
}
