// Starts the workers named on the command line, or all of them in one process:
//   node services/main.ts                      the whole gateway
//   NATS_URL=… node services/main.ts scrubber  one worker of many

import { createEvents } from '../shared/events.ts';
import { createOutputLog } from '../shared/log.ts';
import { ConfigError, readConfig, type Config } from './config/config.ts';
import { loadEnvFile } from './config/env-file.ts';
import { banner } from './host/banner.ts';
import { start, type RunningProcess } from './host/wiring.ts';

async function main(): Promise<void> {
  const config = readConfigOrExit();
  const { log, flush } = createOutputLog(config.logLevel);
  const exit = (code: number): never => {
    flush();
    process.exit(code);
  };
  const started: { running?: RunningProcess } = {};
  let isStopping = false;
  const stop = (signal: NodeJS.Signals) => {
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
    log.fatal({ err: error }, 'llmp could not start');
    process.stderr.write(`llmp could not start: ${messageOf(error)}\n`);
    return exit(1);
  });
  started.running = running;
  if (!config.nats) process.stdout.write(banner(config, running));

  // Exits, so that a supervisor can restart the process with its current settings.
  void running.failed.then(async (reason) => {
    log.fatal({ err: reason }, 'llmp cannot continue');
    process.stderr.write(`llmp cannot continue: ${messageOf(reason)}\n`);
    if (isStopping) return;
    isStopping = true;
    await running.stop(AbortSignal.abort()).catch((error: unknown) => {
      log.fatal({ err: error }, 'llmp did not stop cleanly');
    });
    exit(1);
  });
}

function readConfigOrExit(): Config {
  try {
    const envFile = loadEnvFile(process.env, process.cwd());
    return readConfig(process.env, process.argv.slice(2), envFile);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(2);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

await main();
