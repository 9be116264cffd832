// Checks docker-compose.yml and the Dockerfile as text; test/compose runs them.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import { readConfig } from '../../services/config/config.ts';
import { COMPOSE_ONLY, HOSTED, isSecret, SETTING_NAMES } from '../../services/config/settings.ts';
import { variablesOf } from '../../services/config/sources.ts';
import { FIXED_IN_COMPOSE } from '../../services/host/compose/settings.ts';
import { readRules } from '../../shared/privacy/rules.ts';
import { modulesToLoad } from '../../services/host/fill-compile-cache.ts';

const text = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

const service = z.object({
  image: z.string(),
  build: z.string().optional(),
  command: z.array(z.string()).default([]),
  environment: z.record(z.string(), z.string()).default({}),
  ports: z.array(z.string()).default([]),
  profiles: z.array(z.string()).default([]),
  networks: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  secrets: z.array(z.string()).default([]),
  healthcheck: z.object({ test: z.array(z.string()), start_interval: z.string() }).optional(),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  restart: z.string(),
  stop_grace_period: z.string().optional(),
  read_only: z.boolean(),
  cap_drop: z.array(z.string()),
  security_opt: z.array(z.string()),
  mem_limit: z.string(),
  pids_limit: z.number(),
  ulimits: z.object({ core: z.number() }),
  logging: z.object({ options: z.record(z.string(), z.string()) }),
});

const composeText = text('docker-compose.yml');
const compose = parse(composeText, { merge: true });
const services = z.record(z.string(), service).parse(compose.services);
const networks = z
  .record(z.string(), z.object({ internal: z.boolean().default(false) }))
  .parse(compose.networks);
const secretFiles = z.record(z.string(), z.object({ file: z.string() })).parse(compose.secrets);
const workers = HOSTED.map((worker) => [worker, service.parse(compose.services[worker])] as const);
const dockerfile = text('Dockerfile');

/** The environment the image sets. */
const imageEnv = Object.fromEntries(
  Array.from(dockerfile.matchAll(/^(?:ENV| {3}) ([A-Z_]+)=(\S+)/gm), ([, name, value]) => [
    name ?? '',
    value ?? '',
  ]),
);

/** Interpolates a text as compose does with the environment `outer`. */
function interpolated(template: string, outer: Record<string, string>): string {
  const inner = template.replace(/\$\{(\w+):([-+])([^${}]*)\}/g, (_, name, sign, other) =>
    sign === '-' ? outer[name] || other : outer[name] ? other : '',
  );
  return inner === template ? inner : interpolated(inner, outer);
}

/** The environment inside a container when compose runs with `outer`; mounted files are not read. */
function environmentIn(own: Record<string, string>, outer: Record<string, string> = {}) {
  const entries = Object.entries(own).map(([name, value]) => [name, interpolated(value, outer)]);
  return { ...imageEnv, ...Object.fromEntries(entries) };
}

/** The same with passwords in place of the files that `init` writes. */
function withPasswords(own: Record<string, string>) {
  const { NATS_PASSWORD_FILE: _nats, REDIS_PASSWORD_FILE: _redis, ...env } = environmentIn(own);
  return { ...env, NATS_PASSWORD: 'from-file' };
}

describe('docker-compose.yml', () => {
  it('has services for the workers, the servers, the proxy and init only', () => {
    const expected = [...HOSTED, 'nats', 'redis', 'postgres', 'presidio', 'proxy', 'init'];
    expect(Object.keys(services).toSorted()).toEqual(expected.toSorted());
  });

  it('starts neither a database nor a recognizer by default', () => {
    const optional = Object.keys(services).filter((name) => services[name]?.profiles.length);
    expect(optional).toEqual(['postgres', 'presidio']);
    expect(services['presidio']?.profiles).toEqual(['names']);
  });

  it('hosts every worker in a service that starts by default', () => {
    const started = workers.filter(([, { profiles }]) => profiles.length === 0);
    const hosted = started.flatMap(([, { command }]) => command);
    // The scrubbers host policy, too.
    expect(hosted.toSorted()).toEqual([...HOSTED, 'policy'].toSorted());
  });

  it('lets policy see in the scrubber what it sees in its own service', () => {
    const { scrubber, policy } = Object.fromEntries(workers);
    const ofPolicy = Object.entries(policy?.environment ?? {});
    for (const [name, value] of ofPolicy.filter(([named]) => named !== 'NATS_USER')) {
      expect(scrubber?.environment[name], name).toBe(value);
    }
    const folders = policy?.volumes.filter((volume) => volume.includes('/policies'));
    expect(folders).toHaveLength(1);
    expect(scrubber?.volumes).toEqual(expect.arrayContaining(folders ?? []));
  });

  it.each(workers)(
    'runs %s from the common image by its argument',
    (worker, { command, image }) => {
      expect(command).toEqual(worker === 'scrubber' ? ['scrubber', 'policy'] : [worker]);
      expect(interpolated(image, {})).toBe('llmp');
    },
  );

  it('builds each image once', () => {
    const built = Object.keys(services).filter((name) => services[name]?.build !== undefined);
    expect(built).toEqual(['init', 'proxy']);
  });

  it.each(Object.entries(services))('confines %s and limits its resources', (_, spec) => {
    expect(spec).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      pids_limit: expect.any(Number),
      ulimits: { core: 0 },
      logging: { options: { 'max-size': '10m' } },
    });
    expect(spec.mem_limit).toMatch(/^\d+[mg]$/);
  });

  it('restarts and probes every service except init, which runs once', () => {
    for (const [name, { restart, healthcheck }] of Object.entries(services)) {
      expect(restart, name).toBe(name === 'init' ? 'no' : 'unless-stopped');
      expect(healthcheck === undefined, name).toBe(name === 'init');
    }
  });

  it('probes without starting Node', () => {
    const tests = Object.values(services).flatMap(({ healthcheck }) => healthcheck?.test ?? []);
    expect(tests.filter((word) => /\bnode\b/.test(word))).toEqual([]);
  });

  it('can be scaled: no fixed names, and only the proxy publishes a port, on the loopback', () => {
    expect(composeText).not.toMatch(/container_name|hostname:/);
    const published = Object.keys(services).filter((name) => services[name]?.ports.length);
    expect(published).toEqual(['proxy']);
    const [port = ''] = services['proxy']?.ports ?? [];
    expect(interpolated(port, {})).toBe('127.0.0.1:8080:8080');
    expect(interpolated(port, { LLMP_PORT: '9000' })).toBe('127.0.0.1:9000:8080');
    expect(interpolated(port, { LLMP_PUBLISH: '0.0.0.0:443' })).toBe('0.0.0.0:443:8080');
  });

  it('gives access outside only to the proxy and the upstream, and to others if configured', () => {
    const open = (outer: Record<string, string>) =>
      Object.keys(services).filter((name) =>
        services[name]?.networks.some(
          (network) => !networks[interpolated(network, outer)]?.internal,
        ),
      );
    expect(open({})).toEqual(['proxy', 'upstream']);
    expect(open({ LLMP_EMBEDDINGS_URL: 'http://a' })).toEqual(['proxy', 'rag', 'upstream']);
    expect(open({ DATABASE_URL: 'postgres://a' })).toContain('rag');
    expect(open({ REDIS_URL: 'redis://a' })).toContain('ingress');
  });

  it('lets the recognizer be reached by workers that see raw texts alone, and reach nobody', () => {
    const { presidio, ...others } = services;
    const members = Object.keys(others).filter((name) => others[name]?.networks.includes('names'));
    expect(members).toEqual(['scrubber', 'rag']);
    expect(presidio).toMatchObject({ networks: ['names'], secrets: [], volumes: [] });
    expect(interpolated(presidio?.image ?? '', {})).toMatch(/:\d+\.\d+\.\d+$/);
    expect(networks['names']?.internal).toBe(true);
  });

  it('has scrub rules in a comment that name the recognizer where it listens', () => {
    const [, rules = ''] = /#   LLMP_SCRUB_RULES=(.*)/.exec(composeText) ?? [];
    const { recognizer } = readRules(rules);
    const { hostname, port } = new URL(recognizer?.url ?? '');
    expect(Object.keys(services)).toContain(hostname);
    expect(services[hostname]?.environment['PORT']).toBe(port);
    expect(services[hostname]?.healthcheck?.test.at(-1)).toContain(`127.0.0.1:${port}/`);
  });

  it.each(workers)('starts %s with valid settings', (worker, { command, environment }) => {
    const config = readConfig(withPasswords(environment), command);
    expect(config.workers).toEqual(command);
    expect(config.nats).toEqual({
      servers: ['nats://nats:4222'],
      user: worker,
      password: 'from-file',
    });
    expect(config.internal.host).toBe('auto');
    expect(config.upstream.kind).toBe('simulator');
  });

  it.each(workers)(
    'probes %s where it listens',
    (worker, { command, environment, healthcheck }) => {
      const { http, health } = readConfig(withPasswords(environment), command);
      const { port } = worker === 'ingress' ? http : health;
      expect(healthcheck?.test.at(-1)).toContain(`/dev/tcp/127.0.0.1/${port};`);
    },
  );

  it.each(Object.entries(services))('starts %s without waiting for a server', (name, spec) => {
    const waits = ['init', 'proxy', 'presidio'].includes(name) ? [] : ['init'];
    expect(Object.keys(spec.depends_on)).toEqual(waits);
  });

  it.each(workers)('gives %s more time to stop than the drain takes', (_, spec) => {
    const { limits } = readConfig(withPasswords(spec.environment), spec.command);
    const graceS = Number.parseInt(interpolated(spec.stop_grace_period ?? '', {}), 10);
    expect(graceS * 1000).toBeGreaterThan(
      limits.process.lameDuckMs + limits.process.drainMs + limits.process.shutdownMs,
    );
  });

  it('sets only variables that the configuration or a library knows', () => {
    const known = [...SETTING_NAMES.flatMap(variablesOf), 'PGPASSFILE'];
    for (const [worker, { environment }] of workers) {
      const unknown = Object.keys(environment).filter((name) => !known.includes(name));
      expect(unknown, worker).toEqual([]);
    }
  });

  it('passes on every setting, or init rejects it', () => {
    const passed = new Set(
      Array.from(composeText.matchAll(/\$\{(\w+):[-+]/g), ([, name]) => name ?? ''),
    );
    const rejected = (name: string) =>
      name in FIXED_IN_COMPOSE || name.replace(/_FILE$/, '') in FIXED_IN_COMPOSE;
    const all = SETTING_NAMES.flatMap(variablesOf);
    expect(all.filter((name) => !passed.has(name) && !rejected(name))).toEqual([]);
    expect(all.filter((name) => passed.has(name) && rejected(name))).toEqual([]);
    const own: readonly string[] = [...COMPOSE_ONLY, 'LLMP_HOST', 'LLMP_PORT'];
    expect([...passed].filter((name) => !all.includes(name) && !own.includes(name))).toEqual([]);
  });

  it('mounts the file of a secret wherever its setting is passed on', () => {
    for (const [worker, { environment, secrets }] of workers) {
      const named = SETTING_NAMES.filter(isSecret).filter((name) =>
        environment[`${name}_FILE`]?.includes('/run/secrets/'),
      );
      expect(secrets.toSorted(), worker).toEqual(named.toSorted());
      for (const name of named) {
        expect(environment[`${name}_FILE`]).toBe(`\${${name}_FILE:+/run/secrets/${name}}`);
        expect(secretFiles[name]?.file).toBe(`\${${name}_FILE:-/dev/null}`);
      }
    }
  });

  it('gives the upstream credential to the upstream only', () => {
    const outer = { ANTHROPIC_API_KEY: 'sk-1' };
    const holders = workers.filter(([, { environment }]) =>
      Object.values(environmentIn(environment, outer)).includes('sk-1'),
    );
    expect(holders.map(([worker]) => worker)).toEqual(['upstream']);
  });

  it('gives each service read-only access to its own passwords', () => {
    const mounted = Object.entries(services)
      .filter(([name]) => name !== 'init')
      .map(([name, { volumes }]) => [name, volumes.filter((volume) => volume.includes('secrets'))]);
    const own = Object.keys(services)
      .filter((name) => name !== 'init')
      .map((name) => [
        name,
        ['proxy', 'presidio'].includes(name) ? [] : [`secrets-${name}:/run/llmp:ro`],
      ]);
    expect(mounted).toEqual(own);
  });
});

describe('Dockerfile', () => {
  it('needs no external frontend, runs as an unprivileged user and declares no volume', () => {
    expect(dockerfile).not.toMatch(/^# *syntax/m);
    expect(dockerfile).toMatch(/^USER llmp$/m);
    expect(dockerfile).not.toMatch(/^VOLUME/m);
    expect(dockerfile).toMatch(/^ENTRYPOINT \["\/app\/entrypoint\.sh"\]$/m);
  });

  it('starts Node with the options for memory that npm start has', () => {
    const { scripts } = z
      .object({ scripts: z.object({ start: z.string() }) })
      .parse(JSON.parse(text('package.json')));
    const [bound = ''] = /--max-semi-space-size=\d+/.exec(scripts.start) ?? [];
    expect(text('deploy/entrypoint.sh')).toContain(`exec node ${bound} /app/services/main.ts "$@"`);
  });

  it('sets only variables that the configuration or Node knows', () => {
    const known = [...SETTING_NAMES, 'NODE_ENV', 'NODE_COMPILE_CACHE'];
    expect(Object.keys(imageEnv).filter((name) => !known.includes(name))).toEqual([]);
    expect(imageEnv).toMatchObject({ LLMP_HOST: '0.0.0.0', LLMP_INTERNAL_HOST: 'auto' });
  });

  it('copies exactly what .dockerignore allows', () => {
    const allowed = text('.dockerignore').match(/(?<=^!).+$/gm);
    const copied = Array.from(
      dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm),
      ([, names]) => names ?? '',
    );
    const names = new Set(copied.flatMap((words) => words.split(' ')));
    expect([...names].toSorted()).toEqual(allowed?.toSorted());
  });

  it('can import every module except programs, to fill its compile cache', async () => {
    const paths = modulesToLoad();
    expect(paths).toContain('services/host/wiring.ts');
    expect(
      paths.filter((path) =>
        /(main|llmp|-thread|memory-watch|reading-process|compose\/init)\.ts$/.test(path),
      ),
    ).toEqual([]);
    for (const path of paths) await import(new URL(`../../${path}`, import.meta.url).href);
  });
});

describe('the images', () => {
  const proxy = text('deploy/proxy/Dockerfile');
  const named = [
    ...Object.values(services).map(({ image }) => interpolated(image, {})),
    ...Array.from(`${dockerfile}\n${proxy}`.matchAll(/^FROM (\S+)/gm), ([, image = '']) => image),
  ];
  const foreign = new Set(named.filter((image) => !/^llmp(?:-proxy)?$/.test(image)));

  it('are those of five servers and two bases', () => {
    expect([...foreign].map((image) => image.replace(/:.*/, '')).toSorted()).toEqual([
      'debian',
      'nats',
      'node',
      'pgvector/pgvector',
      'presidio-analyzer',
      'redis',
    ]);
  });

  it.each([...foreign])(
    'name a version or a release of Debian, nothing that floats: %s',
    (image) => {
      expect(image).toMatch(/:(?:(?:pg)?\d+(?:\.\d+)*(?:-|$|@)|bookworm-)/);
      expect(image).not.toMatch(/latest|stable|edge|mainline|current|lts|nightly|:alpine/);
    },
  );

  it('include the bill of materials', () => {
    expect(text('.dockerignore')).toContain('!deploy/sbom.cdx.json');
    expect(dockerfile).toContain('COPY package.json deploy/sbom.cdx.json deploy/entrypoint.sh ./');
  });
});
