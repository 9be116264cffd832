import { tenantOf } from '../admin/find-key.ts';
import { checkKey } from '../admin/known-names.ts';
import { hasStore } from './admin/has-store.ts';
import type { Invocation } from './command-spec.ts';
import { keyIdOf } from './names.ts';

/**
 * What rules and placeholders of a key go by, for commands that need no store otherwise.
 * @param text id or name of the key; without a store it is taken as an id
 * @throws `invalid_request` where no key has it
 */
export async function storedTenant(
  { options, environment, config, admin, out }: Invocation,
  text: string | undefined,
): Promise<string> {
  if (text === undefined) return '';
  if (!options.has('url') && !environment().env['LLMP_URL'] && !hasStore(config())) {
    out.note(`There is no store here, so ${JSON.stringify(text)} is taken as the id of a key.`);
    return text;
  }
  const { keys, store } = await admin();
  const id = await keyIdOf(keys, text);
  if (!store) {
    // Only the gateway knows the keys of its LLMP_KEYS.
    if (id === undefined) out.note(`The gateway has no key ${JSON.stringify(text)} in its store.`);
    return id ?? text;
  }
  if (id === undefined) await checkKey(store, config().keys, text);
  return await tenantOf(store, id ?? text);
}
