// The one-shot service `init` of docker-compose.yml: checks .env, then makes the passwords that the
// containers log in with. `docker compose run --rm init rotate` makes new ones.

import { readFileSync } from 'node:fs';
import { ConfigError } from '../../config/config.ts';
import { provideSecrets } from './secrets.ts';
import { checkComposeSettings } from './settings.ts';

const ROOT = '/secrets';
const NATS_CONFIG = new URL('../../../shared/bus/nats-server.conf', import.meta.url);

function main(words: readonly string[]): void {
  const [word, ...more] = words;
  if ((word !== undefined && word !== 'rotate') || more.length > 0) {
    throw new ConfigError([`${words.join(' ')}: the only word that init takes is rotate`]);
  }
  checkComposeSettings(process.env);
  const rotate = word === 'rotate';
  provideSecrets({
    root: ROOT,
    natsConfig: readFileSync(NATS_CONFIG, 'utf8'),
    postgresPassword: process.env['POSTGRES_PASSWORD'] || undefined,
    rotate,
  });
  if (rotate) {
    process.stdout.write('New passwords; now: docker compose up -d --force-recreate\n');
  }
}

try {
  main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
