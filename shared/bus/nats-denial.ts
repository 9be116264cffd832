/** A subscription that the broker denies is told later; a start that waited for it must fail. */
export function watchDenial(named: (error: unknown) => unknown, onError: (error: unknown) => void) {
  let denied: unknown;
  return {
    note(error: Error) {
      denied ??= named(error);
      onError(named(error));
    },
    check() {
      if (denied) throw denied;
    },
  };
}
