// The command: names on the line are the workers this process hosts, none means all of them.
//   node services/main.ts                      the whole gateway in one process
//   NATS_URL=… node services/main.ts scrubber  one worker of many

import { createEvents } from '../shared/events.ts';
import { createOutputLog } from '../shared/log.ts';
import { banner } from './host/banner.ts';
import { ConfigError, readConfig, type Config } from './config/config.ts';
import { start, type Running } from './host/wiring.ts';

async function main(): Promise<void> {
  const config = readConfigOrExit();
  const { log, flush } = createOutputLog(config.logLevel);
  const exit = (code: number): never => {
    flush();
    process.exit(code);
  };
  const started: { running?: Running } = {};
  let isStopping = false;
  const stop = (signal: NodeJS.Signals) => {
    // The second signal says that whoever sent it does not want to wait.
    if (isStopping) exit(1);
    isStopping = true;
    createEvents(log).stopping({ reason: signal });
    // Nothing is open yet, and a server that the start waits for may never come.
    if (!started.running) return exit(0);
    started.running.stop().then(
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
  started.running = running;
  if (!config.nats) process.stdout.write(banner(config, running));

  // Whoever restarts the process brings the settings of today.
  void running.failed.then(async (reason) => {
    log.fatal({ err: reason }, 'llmp cannot go on');
    process.stderr.write(`llmp cannot go on: ${reasonOf(reason)}\n`);
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
