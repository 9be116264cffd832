// Reads whole lists, and finds keys and documents by the names that people give them.

import { LlmpError } from '../../shared/errors.ts';
import type { PageView } from '../admin/collections.ts';
import type { KeyService } from '../admin/keys.ts';
import type { OptionValues } from './command-spec.ts';
import { withoutUndefined } from './fields.ts';

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

/** The page that `--limit` and `--after` ask for; without them, all of the list as one page. */
export async function pageOf<View>(
  options: OptionValues,
  list: (input: Record<string, unknown>) => Promise<PageView<View>>,
): Promise<PageView<View>> {
  const [limit, after] = [options.text('limit'), options.text('after')];
  if (limit !== undefined || after !== undefined) {
    return await list(withoutUndefined({ limit, after }));
  }
  return { data: await allOf(list), has_more: false, last_id: null };
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
