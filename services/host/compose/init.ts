// The one-shot service `init` of docker-compose.yml: checks .env and generates the passwords of the
// containers. `docker compose run --rm init rotate` replaces them.

import { readFileSync } from 'node:fs';
import { ConfigError } from '../../config/config.ts';
import { ensureSecrets } from './secrets.ts';
import { checkComposeSettings } from './settings.ts';

const ROOT = '/secrets';
const NATS_CONFIG = new URL('../../../shared/bus/nats-server.conf', import.meta.url);

function main(args: readonly string[]): void {
  const [command, ...more] = args;
  if ((command !== undefined && command !== 'rotate') || more.length > 0) {
    throw new ConfigError([`${args.join(' ')}: the only command of init is rotate`]);
  }
  checkComposeSettings(process.env);
  const rotate = command === 'rotate';
  ensureSecrets({
    root: ROOT,
    natsConfig: readFileSync(NATS_CONFIG, 'utf8'),
    postgresPassword: process.env['POSTGRES_PASSWORD'] || undefined,
    rotate,
  });
  if (rotate) {
    process.stdout.write(
      'The passwords are replaced. Now run: docker compose up -d --force-recreate\n',
    );
  }
}

try {
  main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
