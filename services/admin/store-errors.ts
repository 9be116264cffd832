// What a store that fails means to whoever administers.

import { LlmpError } from '../../shared/errors.ts';

/** What the store throws itself means that it is down; refusals of ours pass through it. */
export async function answered<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw LlmpError.from(error, 'store_down');
  }
}
