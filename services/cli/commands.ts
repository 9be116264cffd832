// All commands, in the order of the help.

import type { CommandSpec } from './command-spec.ts';
import { claudeCommand } from './commands/claude.ts';
import { COLLECTION_COMMANDS } from './commands/collections.ts';
import { completionCommand } from './commands/completion.ts';
import { doctorCommand } from './commands/doctor.ts';
import { DOCUMENT_COMMANDS } from './commands/documents.ts';
import { initCommand } from './commands/init.ts';
import { KEY_COMMANDS } from './commands/keys.ts';
import { natsConfigCommand } from './commands/nats-config.ts';
import { POLICY_COMMANDS } from './commands/policy.ts';
import { REQUEST_COMMANDS } from './commands/requests.ts';
import { scrubCommand } from './commands/scrub.ts';
import { startCommand } from './commands/start.ts';
import { TEAM_COMMANDS } from './commands/teams.ts';
import { USAGE_COMMANDS } from './commands/usage.ts';

export const COMMANDS: readonly CommandSpec[] = [
  startCommand,
  initCommand,
  doctorCommand,
  claudeCommand,
  natsConfigCommand,
  ...KEY_COMMANDS,
  ...TEAM_COMMANDS,
  ...USAGE_COMMANDS,
  ...REQUEST_COMMANDS,
  ...COLLECTION_COMMANDS,
  ...DOCUMENT_COMMANDS,
  ...POLICY_COMMANDS,
  scrubCommand,
  completionCommand(() => COMMANDS),
];

/** Commands of two words, by their first. */
export const GROUPS: Readonly<Record<string, string>> = {
  keys: 'create, list, change, revoke and rotate keys',
  teams: 'limits that all keys of a team share',
  usage: 'what requests used and cost',
  requests: 'single requests: what they took and cost',
  collections: 'collections of documents',
  documents: 'documents of a collection',
  policy: 'validate and try policy files',
};
