import type { LlmpError } from '../../../shared/errors.ts';
import type { UpstreamResponse } from '../transport.ts';

/** How one call ended: with a response or with an error. */
export type CallOutcome =
  | {
      readonly response: UpstreamResponse;
      readonly isRetriable: boolean;
      readonly isFinalHere: boolean;
      readonly isFailure: boolean;
      readonly isWithoutModel?: boolean;
      readonly waitMs: number | undefined;
    }
  | {
      readonly error: LlmpError;
      readonly isFinalHere: boolean;
      readonly isFailure: true;
      readonly isWithoutModel?: false;
    };
