// Who made a response, which decides whether it costs anything.

import type { Annotations } from '../../../shared/annotations.ts';
import type { Envelope } from '../../../shared/protocol/messages.ts';
import type { Head } from '../../../shared/protocol/stage.ts';
import { headerOf } from '../../../shared/runtime/raw-headers.ts';

export type ResponseOrigin = 'upstream' | 'simulator' | 'cache';

/** @param head absent for a withheld response, of which only annotations tell */
export function originOf(
  { cache }: Pick<Envelope, 'cache'>,
  head: Head | undefined,
  annotations: Annotations,
): ResponseOrigin {
  const status = head ? headerOf(head.headers, 'x-llmp-cache') : annotations['cache'];
  // Without our cache, the header comes from the upstream and means nothing here.
  if (cache && status === 'hit') return 'cache';
  const upstream = head && headerOf(head.headers, 'x-llmp-upstream');
  const isSimulated = upstream === 'simulator' || annotations['usageSource'] === 'simulator';
  return isSimulated ? 'simulator' : 'upstream';
}
