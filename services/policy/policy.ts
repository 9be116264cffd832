// The policy room: decides whether a (scrubbed) request may go on. Without rules it passes all.

import type { Stage } from '../../shared/stage.ts';

export function createPolicy(): Stage {
  return () => ({ kind: 'pass' });
}
