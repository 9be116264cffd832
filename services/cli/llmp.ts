#!/usr/bin/env node
// The operator's command, with or without a running gateway: it uses the configured store directly, so it
// needs the settings of the ingress and no admin token.
//   npm run llmp -- keys create --name laptop

import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { LlmpError } from '../../shared/errors.ts';
import { systemClock } from '../../shared/runtime/clock.ts';
import { ConfigError, readConfig, type Config } from '../config/config.ts';
import { loadEnvFile } from '../config/env-file.ts';
import {
  isDocumentCommandLine,
  isPolicyCommandLine,
  isScrubCommandLine,
  parseCommandLine,
  UsageError,
} from './command-line.ts';
import { runCommand } from './commands.ts';
import { buildDetection } from '../../shared/privacy/detection.ts';
import { runDocumentCommand } from './document-commands.ts';
import { createCollectionService } from '../admin/collections.ts';
import { createDocumentService } from '../admin/documents.ts';
import { createKeyService } from '../admin/keys.ts';
import { createTeamService } from '../admin/teams.ts';
import { createUsageService } from '../admin/usage.ts';
import { openQueue } from '../host/open-queue.ts';
import { openStore } from '../host/open-store.ts';
import { openTransport } from '../upstream/open-transport.ts';
import { runPolicyCommand, type PolicyTools } from './policy-commands.ts';
import { policyNamesOf } from '../host/policy-names.ts';
import { createPolicyContext } from '../host/policy-context.ts';
import { createPolicyDryRun } from './policy-dry-run.ts';
import { openScrubPreview } from '../scrubber/open-preview.ts';
import { runScrubCommand, type ScrubTools } from './scrub-command.ts';
import { createProgressBar } from './progress-bar.ts';

async function main(): Promise<void> {
  const line = parseCommandLine(process.argv.slice(2));
  const envFile = loadEnvFile(process.env, process.cwd());
  const config = readConfig(process.env, [], envFile);
  if (isPolicyCommandLine(line)) {
    if (!(await runPolicyCommand(line, await policyTools(config), OUTPUT))) process.exitCode = 1;
    return;
  }
  if (isScrubCommandLine(line)) {
    if (!(await runScrubCommand(line, scrubTools(config, line.flags), OUTPUT)))
      process.exitCode = 1;
    return;
  }
  // Connection errors reject the command that causes them.
  await using store = await openStore(config, () => {});
  const keys = createKeyService({
    store,
    clock: systemClock,
    policyNames: policyNamesOf(config),
  });
  const teams = createTeamService({ store, clock: systemClock });
  const usage = createUsageService({ store, clock: systemClock });
  if (!isDocumentCommandLine(line)) return await runCommand(line, { keys, teams, usage }, OUTPUT);
  await using queue = await openQueue(config, systemClock, () => {});
  const ports = { store, queue: () => Promise.resolve(queue), clock: systemClock };
  const collections = createCollectionService(ports);
  const documents = createDocumentService({ ...ports, limits: config.limits.documents });
  const tools = {
    config,
    store,
    collections,
    documents,
    clock: systemClock,
    progress: createProgressBar(),
  };
  if (!(await runDocumentCommand(line, tools, OUTPUT))) process.exitCode = 1;
}

const OUTPUT = {
  line: (text: string) => void process.stdout.write(`${text}\n`),
  note: (text: string) => void process.stderr.write(`${text}\n`),
};

/** A check shows no placeholder, and so needs no key in a data directory. */
function scrubTools(config: Config, flags: ReadonlySet<string>): ScrubTools {
  const detection = buildDetection(config.scrubber.rules);
  const masterKey = flags.has('check') ? randomBytes(32) : undefined;
  return {
    preview: openScrubPreview({ config, detection, clock: systemClock, masterKey }),
    readStandardInput: () => buffer(process.stdin),
  };
}

async function policyTools(config: Config): Promise<PolicyTools> {
  const detection = buildDetection(config.scrubber.rules);
  const transport = await openTransport(config, systemClock, { upstreamHealth: () => {} });
  const { scanner } = detection;
  const context = createPolicyContext({
    config,
    scanner,
    transport: () => Promise.resolve(transport),
    clock: systemClock,
  });
  // A policy with a judge can be checked without an upstream; the judge is then reported as failed.
  const askModel =
    context.askModel ?? (() => Promise.reject(new Error('no upstream is configured')));
  return {
    context: { ...context, askModel },
    dryRunPolicy: createPolicyDryRun(detection, systemClock, config.limits),
  };
}

try {
  await main();
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${message}\n`);
  // Exit code 2 for an invalid command line or setting, 1 for a failure.
  const isMisuse =
    error instanceof ConfigError ||
    error instanceof UsageError ||
    (error instanceof LlmpError && error.code === 'invalid_request');
  process.exitCode = isMisuse ? 2 : 1;
}
