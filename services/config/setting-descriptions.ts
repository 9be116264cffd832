// What each setting means, for people. docs/configuration.md and .env.example are generated from here
// and from the schema (`npm run docs`).

import type { COMMAND_ONLY, COMPOSE_ONLY, SettingName } from './settings.ts';

/** One to three plain sentences; units where there are any. */
export const SETTING_DESCRIPTIONS: Readonly<Record<SettingName, string>> = {
  LLMP_HOST: 'Address the HTTP API and the health server listen on.',
  LLMP_PORT: 'Port of the HTTP API; 0 picks a free one.',
  LLMP_TRUSTED_PROXIES:
    'Proxies whose `x-forwarded-for` is trusted: addresses and networks separated by commas (`10.0.0.0/8`), or the number of proxy hops. Used to count rejected keys by client. Unset trusts none.',
  LLMP_CORS_ORIGINS:
    'Origins whose pages may call the API from a browser, separated by commas (`https://chat.example.com`), or `*` for all. The admin API is never open to pages. Unset allows none.',
  LLMP_DATA_DIR:
    'Directory of the embedded store, queue and index, of the first key and of the placeholder secret; a relative path starts at the working directory. Created with files that only its owner can read.',
  LLMP_FIRST_KEY:
    '`show` prints the first key, once, where no terminal reads the output, too; `hide` leaves it in a file there, which the log names. The image shows it when it runs the whole gateway.',
  LLMP_LOG_LEVEL: 'One of `fatal`, `error`, `warn`, `info`, `debug`, `trace`, `silent`.',
  LLMP_HEALTH_PORT:
    'Port of the health server of a process that does not host the ingress, on `LLMP_HOST`.',
  LLMP_INTERNAL_HOST:
    'Address other processes use to fetch large request bodies from this one; `auto` is the address this process reaches the broker from. Not for clients.',
  LLMP_INTERNAL_PORT: 'Port of that internal server; 0 picks a free one.',
  NATS_URL:
    '`nats://` or `tls://` URLs separated by commas, without credentials. Unset runs all workers in one process.',
  NATS_USER: 'NATS user of this process; needs `NATS_PASSWORD`.',
  NATS_PASSWORD: 'Password of `NATS_USER`.',
  NATS_CA: 'PEM certificate authority that signed the NATS server certificate.',
  NATS_CERT: 'PEM client certificate for NATS; needs `NATS_KEY`.',
  NATS_KEY: 'PEM private key of `NATS_CERT`.',
  REDIS_URL:
    '`redis://` or `rediss://` URL of the store and the job queue; `redis+cluster://HOST:PORT,HOST:PORT` for some nodes of a cluster; `redis+sentinel://HOST:PORT,HOST:PORT/PRIMARY` for the primary that sentinels know by that name. `rediss+…` uses TLS. Unset uses the embedded ones in `LLMP_DATA_DIR`.',
  REDIS_PASSWORD:
    'Password of the user named in `REDIS_URL` (`redis://ingress@redis:6379`). Ignored when the URL has a password or no user.',
  REDIS_SENTINEL_USER: 'User of this process on the sentinels; needs `REDIS_SENTINEL_PASSWORD`.',
  REDIS_SENTINEL_PASSWORD:
    'Password of the sentinels, when `REDIS_URL` names some. That of the servers behind them is part of `REDIS_URL` or in `REDIS_PASSWORD`.',
  REDIS_CA:
    'PEM certificate authority that signed the certificates of `rediss://` servers and sentinels.',
  ANTHROPIC_API_KEY:
    'Upstream credential, sent as `x-api-key`. Exclusive with `LLMP_UPSTREAM_TOKEN`. Without key, token and URL the built-in simulator responds.',
  LLMP_UPSTREAM_TOKEN: 'Upstream credential, sent as `authorization: Bearer`.',
  LLMP_UPSTREAM_URL:
    'Base URL of the upstream, path prefix allowed. Defaults to https://api.anthropic.com when a credential is set.',
  LLMP_UPSTREAMS:
    'YAML text that names several upstreams with their keys, in place of the single one; see docs/upstreams.md. Usually given as a file.',
  HTTP_PROXY:
    'Proxy for upstreams and embeddings endpoints with `http://` URLs. Also read as `http_proxy`, which wins, and from `all_proxy` or `ALL_PROXY` when neither is given.',
  HTTPS_PROXY:
    'Proxy for upstreams and embeddings endpoints with `https://` URLs. Also read as `https_proxy`, which wins, and from `all_proxy` or `ALL_PROXY` when neither is given.',
  NO_PROXY:
    'What is reached without a proxy, separated by commas: names with their subdomains (`corp`, `.corp`), subdomains only (`*.corp`), addresses, all of these with a port if wanted (`corp:8080`), networks (`10.0.0.0/8`), or `*` for everything. Also read as `no_proxy`, which wins.',
  LLMP_KEYS:
    '`llmp_` keys accepted in addition to those in the store, separated by commas. They have no limits, team or policy.',
  LLMP_ADMIN_TOKEN:
    'Token of the admin API under `/admin`, at least 32 characters. Unset disables the admin API (404).',
  LLMP_LIMITS_ON_STORE_ERROR:
    'What happens to requests of limited keys while the store is down: `open` admits and logs them, `closed` refuses them with 503.',
  LLMP_KEY_STALE_MS:
    'How long recently accepted keys stay accepted while the store is down, in milliseconds; 0 refuses them.',
  LLMP_PRICES:
    "YAML text of prices that add to or replace Anthropic's published ones; see docs/limits.md. Usually given as a file.",
  LLMP_LEDGER_DAYS:
    'How long the ledger record of each request is kept, in days. Daily sums are kept for 400 days.',
  LLMP_MODELS:
    'Model ids that `GET /v1/models` lists, separated by commas. Unset asks the upstream.',
  LLMP_PASS_THROUGH:
    'Endpoints of Anthropic that llmp does not serve and passes to the upstream, separated by commas: `batches`, `files`, `skills`, `agents`, `complete`. What goes through is not scrubbed, not checked by a policy, not restored, not cached and not priced: personal data in it reaches the upstream as it was sent. Keys with a budget, a token limit, a list of models or a policy of their own are refused there. With several upstreams, the first key of the first one is used. Unset passes nothing.',
  LLMP_SCRUB_KEY:
    'Secret from which placeholders are derived, at least 32 characters; the same for every scrubber. Unset keeps one in `LLMP_DATA_DIR`. A new secret changes every placeholder.',
  LLMP_SCRUB_RULES:
    'YAML text that says what happens to detected data; see docs/privacy.md. Usually given as a file.',
  LLMP_SCRUB_THREADS:
    'Threads that scrub requests with more than a megabyte of new text, so that small requests need not wait for them. Started when needed; each may take some gigabytes of memory. Unset is one less than cores, at least one; 0 uses none.',
  LLMP_POLICIES:
    'Folder of content policies, one YAML or JSON file each, reloaded when it changes. Unset uses the shipped policy, which blocks nothing.',
  LLMP_EMBEDDINGS_URL:
    'Base URL of an embeddings endpoint (`/embeddings` is appended), such as https://api.openai.com/v1 or http://localhost:11434/v1. Receives the text of documents and questions. Unset searches by words only.',
  LLMP_EMBEDDINGS_MODEL: 'Id of the embedding model; needs `LLMP_EMBEDDINGS_URL`.',
  LLMP_EMBEDDINGS_KEY: 'Key of the embeddings endpoint, sent as `authorization: Bearer`.',
  LLMP_EMBEDDINGS_KIND: 'Dialect of the embeddings endpoint: `openai` or `voyage`.',
  LLMP_EMBEDDINGS_DIMENSIONS:
    'Vector length to request from models that support several. Unset uses the default of the model.',
  DATABASE_URL:
    '`postgres://` URL of a database with pgvector for the passage index. Unset keeps the index in `LLMP_DATA_DIR`. A password missing from the URL is looked up in the file named by `PGPASSFILE`.',
  LLMP_PING_MS: 'Silence after which a streaming client receives a `ping` event, in milliseconds.',
  LLMP_UPSTREAM_IDLE_MS:
    'Silence inside an upstream stream after which it is aborted with `upstream_timeout`, in milliseconds.',
  LLMP_UPSTREAM_HEADERS_TIMEOUT_MS:
    'Time until the upstream must have sent its response headers, in milliseconds.',
  LLMP_LAME_DUCK_MS:
    'On SIGTERM, how long `/readyz` is 503 while requests are still accepted, in milliseconds.',
  LLMP_DRAIN_MS: 'On SIGTERM, how long running requests may take to finish, in milliseconds.',
  LLMP_START_WAIT_MS:
    'How long a start retries servers that cannot be reached yet, in milliseconds; 0 tries once.',
  LLMP_BODY_BYTES_MAX: 'Largest accepted request body, in bytes.',
  LLMP_BODY_BYTES_IN_FLIGHT_MAX:
    'Bytes of request bodies that an ingress holds at a time, at least twice `LLMP_BODY_BYTES_MAX`. One key gets at most half of it; see docs/limits.md.',
};

/** Variables that only docker-compose.yml reads, with the value it uses when they are unset. */
export const COMPOSE_DESCRIPTIONS: Readonly<
  Record<(typeof COMPOSE_ONLY)[number], readonly [description: string, byDefault: string]>
> = {
  LLMP_PUBLISH: [
    'Address and port to publish, in place of `LLMP_HOST` and `LLMP_PORT`.',
    '127.0.0.1:8080',
  ],
  LLMP_IMAGE: ['Name of the image that is built and run.', 'llmp'],
  LLMP_PRESIDIO_IMAGE: [
    "Image of Presidio's analyzer, which the profile `names` runs.",
    'presidio-analyzer:2.2.360',
  ],
  LLMP_STOP_GRACE_PERIOD: [
    'How long a container may take to stop: at least `LLMP_LAME_DUCK_MS` plus `LLMP_DRAIN_MS` plus 10 seconds.',
    '45s',
  ],
  POSTGRES_PASSWORD: [
    'Password of the bundled Postgres at its first start. Unset generates one.',
    '',
  ],
};

/** Variables that only the command `llmp` reads. */
export const COMMAND_DESCRIPTIONS: Readonly<Record<(typeof COMMAND_ONLY)[number], string>> = {
  LLMP_URL: 'Address of a gateway that the commands administer, in place of the store.',
  LLMP_ADMIN_KEY: 'Admin token of that gateway; unset takes `LLMP_ADMIN_TOKEN`.',
  LLMP_KEY: 'The llmp key that `llmp claude` gives Claude Code.',
};
