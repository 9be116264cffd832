// Reads whole lists, and finds keys and documents by the names that people give them.

import { LlmpError } from '../../shared/errors.ts';
import type { PageView } from '../admin/collections.ts';
import type { KeyService } from '../admin/keys.ts';

const PAGE_SIZE = 1_000;

/** All pages of a list. */
export async function allOf<View>(
  list: (input: { limit: number; after?: string }) => Promise<PageView<View>>,
): Promise<View[]> {
  const all: View[] = [];
  let after: string | null = null;
  for (;;) {
    const page: PageView<View> = await list({
      limit: PAGE_SIZE,
      ...(after === null ? {} : { after }),
    });
    all.push(...page.data);
    if (!page.has_more || page.last_id === null) return all;
    after = page.last_id;
  }
}

/** @param text an id or the name of a key. @returns undefined where it is not stored, as a key in `LLMP_KEYS` */
export async function keyIdOf(
  keys: Pick<KeyService, 'show'>,
  text: string,
): Promise<string | undefined> {
  try {
    return (await keys.show(text)).id;
  } catch (error) {
    if (error instanceof LlmpError && error.code === 'not_found') return undefined;
    throw error;
  }
}
