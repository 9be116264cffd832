// Starts the workers named on the command line, or all of them in one process:
//   node services/main.ts                      the whole gateway
//   NATS_URL=… node services/main.ts scrubber  one worker of many

import { createEvents } from '../shared/events.ts';
import { createOutputLog, type Log } from '../shared/log.ts';
import { systemClock } from '../shared/runtime/clock.ts';
import { ConfigError, readConfig, type Config } from './config/config.ts';
import { loadEnvFile, type EnvFile } from './config/env-file.ts';
import { banner } from './host/banner.ts';
import { failureOf } from './host/start-failure.ts';
import { start, type RunningProcess } from './host/wiring.ts';

/** Ctrl-C reaches a process that npm started twice: from the terminal and from npm. */
const SAME_SIGNAL_MS = 300;

async function main(): Promise<void> {
  // Also for files that SQLite and others create; Windows has none.
  process.umask(0o077);
  const { config, envFile } = readConfigOrExit();
  const { log, flush } = createOutputLog(config.logLevel);
  const exit = (code: number): never => {
    flush();
    process.exit(code);
  };
  const started: { running?: RunningProcess } = {};
  let isStopping = false;
  let interruptedMs = -Infinity;
  const stop = (signal: NodeJS.Signals) => {
    const sinceMs = systemClock.monotonic() - interruptedMs;
    if (signal === 'SIGINT') interruptedMs = systemClock.monotonic();
    if (signal === 'SIGINT' && sinceMs < SAME_SIGNAL_MS) return;
    // A second signal means: do not wait.
    if (isStopping) exit(1);
    isStopping = true;
    createEvents(log).stopping({ reason: signal });
    // During the start there is nothing to drain.
    if (!started.running) return exit(0);
    started.running.stop().then(
      () => exit(0),
      (error: unknown) => {
        log.fatal({ err: error }, 'llmp did not stop cleanly');
        exit(1);
      },
    );
  };
  // Set before the start: the kernel ignores signals to the first process of a container without them.
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);

  const running = await start(config, log).catch((error: unknown) => {
    report(log, error, 'llmp could not start');
    return exit(1);
  });
  started.running = running;
  const showsKey = process.stdout.isTTY || config.firstKey === 'show';
  process.stdout.write(banner(config, { ...running, envFile: envFile?.path, showsKey }));
  if (showsKey) running.firstKey?.forget();
  else if (running.firstKey)
    log.info({ path: running.firstKey.path }, 'the first key is in a file');

  // Exits, so that a supervisor can restart the process with its current settings.
  void running.failed.then(async (reason) => {
    report(log, reason, 'llmp cannot continue');
    if (isStopping) return;
    isStopping = true;
    await running.stop(AbortSignal.abort()).catch((error: unknown) => {
      log.fatal({ err: error }, 'llmp did not stop cleanly');
    });
    exit(1);
  });
}

function readConfigOrExit(): { config: Config; envFile: EnvFile | undefined } {
  try {
    const envFile = loadEnvFile(process.env, process.cwd());
    return { config: readConfig(process.env, process.argv.slice(2), envFile), envFile };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(2);
  }
}

/** One sentence for people, and a line for collectors of logs, which a terminal does not need. */
function report(log: Log, error: unknown, what: string): void {
  const { message, facts, isExplained } = failureOf(error);
  if (!process.stdout.isTTY || !isExplained) log.fatal(facts, what);
  process.stderr.write(`${what}: ${message}\n`);
}

await main();
