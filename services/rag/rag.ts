// The rag room: adds passages from the key's collections. Without collections it passes all.

import type { Stage } from '../../shared/stage.ts';

export function createRag(): Stage {
  return () => ({ kind: 'pass' });
}
