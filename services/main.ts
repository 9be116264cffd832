// The command: names on the line are the rooms this process hosts, none means all of them.
//   node services/main.ts                      the whole gateway in one process
//   NATS_URL=… node services/main.ts scrubber  one room of many

import { createEvents } from '../shared/events.ts';
import { createOutputLog } from '../shared/log.ts';
import { banner } from './banner.ts';
import { ConfigError, readConfig, type Config } from './config.ts';
import { start, type Running } from './wiring.ts';

async function main(): Promise<void> {
  const config = readConfigOrExit();
  const { log, flush } = createOutputLog(config.logLevel);
  const exit = (code: number): never => {
    flush();
    process.exit(code);
  };
  let stopping = false;
  let end: Running['stop'] = nothingOpen;
  const stop = (signal: NodeJS.Signals) => {
    // The second signal says that whoever sent it does not want to wait.
    if (stopping) exit(1);
    stopping = true;
    createEvents(log).stopping({ reason: signal });
    end().then(
      () => exit(0),
      (error: unknown) => {
        log.fatal({ err: error }, 'llmp did not stop cleanly');
        exit(1);
      },
    );
  };
  // Before the start: to the first process of a container, signals without a handler do nothing.
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);

  const running = await start(config, log).catch((error: unknown) => {
    log.fatal({ err: error }, 'llmp could not start');
    process.stderr.write(`llmp could not start: ${reasonOf(error)}\n`);
    return exit(1);
  });
  end = (signal) => running.stop(signal);
  if (!config.nats) process.stdout.write(banner(config, running));

  // Whoever restarts the process brings the settings of today.
  void running.failed.then(async (reason) => {
    log.fatal({ err: reason }, 'llmp cannot go on');
    process.stderr.write(`llmp cannot go on: ${reasonOf(reason)}\n`);
    if (stopping) return;
    stopping = true;
    await end(AbortSignal.abort()).catch((error: unknown) => {
      log.fatal({ err: error }, 'llmp did not stop cleanly');
    });
    exit(1);
  });
}

/** What there is to stop while llmp still waits for a server it needs. */
async function nothingOpen(): Promise<void> {}

function readConfigOrExit(): Config {
  try {
    return readConfig(process.env, process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(2);
  }
}

/** Errors of start name components, hosts and settings, which is what the operator needs. */
function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

await main();
