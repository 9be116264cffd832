// What commands administer: the store of this machine, or a gateway over its HTTP API. Both have the same
// services, so every command works on both.

import type { PreviewScrub } from '../../../shared/privacy/preview.ts';
import type { Store } from '../../../shared/store/store.ts';
import type { CollectionService } from '../../admin/collections.ts';
import type { DocumentService } from '../../admin/documents.ts';
import type { KeyService } from '../../admin/keys.ts';
import type { TeamService } from '../../admin/teams.ts';
import type { UsageService } from '../../admin/usage.ts';

export interface Admin extends AsyncDisposable {
  readonly keys: KeyService;
  readonly teams: TeamService;
  readonly usage: UsageService;
  readonly collections: CollectionService;
  readonly documents: DocumentService;
  /** The store itself, where it is not behind a gateway. */
  readonly store: Store | undefined;
  /** The scrubber of a gateway; absent where commands scrub themselves. */
  readonly previewScrub: PreviewScrub | undefined;
}
