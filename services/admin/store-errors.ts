import { LlmpError } from '../../shared/errors.ts';
import { mapErrors } from '../../shared/runtime/map-errors.ts';

/** The same port; its own errors reject as `store_down`, and an `LlmpError` passes unchanged. */
export function withStoreErrors<Port extends object>(port: Port): Port {
  return mapErrors(port, toStoreError);
}

/** As `withStoreErrors`, for a port that is opened on demand. */
export function openWithStoreErrors<Port extends object>(
  open: () => Promise<Port>,
): () => Promise<Port> {
  return async () => {
    try {
      return withStoreErrors(await open());
    } catch (error) {
      throw toStoreError(error);
    }
  };
}

function toStoreError(error: unknown): LlmpError {
  return LlmpError.from(error, 'store_down');
}
