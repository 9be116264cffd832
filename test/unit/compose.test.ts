import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import { readConfig } from '../../services/config.ts';
import { HOSTED, SETTING_NAMES } from '../../services/config/settings.ts';
import { variablesOf } from '../../services/config/sources.ts';

const text = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

const service = z.object({
  image: z.string(),
  build: z.string().optional(),
  pull_policy: z.string().optional(),
  command: z.array(z.string()).default([]),
  environment: z.record(z.string(), z.string()).default({}),
  ports: z.array(z.string()).default([]),
  profiles: z.array(z.string()).default([]),
  user: z.string().optional(),
  healthcheck: z.object({ test: z.array(z.string()) }),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  restart: z.string(),
  stop_grace_period: z.string().optional(),
  read_only: z.boolean(),
  cap_drop: z.array(z.string()),
  security_opt: z.array(z.string()),
});

const composeText = text('docker-compose.yml');
const compose = parse(composeText, { merge: true });
const services = z.record(z.string(), service).parse(compose.services);
const rooms = HOSTED.map((room) => [room, service.parse(compose.services[room])] as const);
const dockerfile = text('Dockerfile');

/** The environment the image sets. */
const imageEnv = Object.fromEntries(
  Array.from(dockerfile.matchAll(/^(?:ENV| {3}) ([A-Z_]+)=(\S+)/gm), ([, name, value]) => [
    name ?? '',
    value ?? '',
  ]),
);

/** What the container of a room sees when compose itself runs in `outer`. */
function inside(own: Record<string, string>, outer: Record<string, string> = {}) {
  const entries = Object.entries(own).map(([name, value]) => [
    name,
    value.replace(
      /\$\{(\w+):-([^}]*)\}/g,
      (_, variable, otherwise) => outer[variable] || otherwise,
    ),
  ]);
  return { ...imageEnv, ...Object.fromEntries(entries) };
}

describe('docker-compose.yml', () => {
  it('has a service for each room, the broker and the stores, and no other', () => {
    const expected = [...HOSTED, 'nats', 'redis', 'postgres'];
    expect(Object.keys(services).toSorted()).toEqual(expected.toSorted());
  });

  it('starts no database unless it is asked for', () => {
    const optional = Object.keys(services).filter((name) => services[name]?.profiles.length);
    expect(optional).toEqual(['postgres']);
  });

  it.each(rooms)('runs %s from the one image by its last word', (room, { command, image }) => {
    expect(command).toEqual([room]);
    expect(image).toBe('llmp');
  });

  it('builds the image once and never asks a registry for it', () => {
    expect(rooms.filter(([, { build }]) => build !== undefined)).toHaveLength(1);
    expect(rooms.every(([, { pull_policy }]) => pull_policy === 'never')).toBe(true);
  });

  it.each(Object.entries(services))('confines %s and watches over it', (_, spec) => {
    expect(spec).toMatchObject({
      restart: 'unless-stopped',
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
    expect(spec.image === 'llmp' || spec.user).toBeTruthy();
    expect(spec.healthcheck.test.length).toBeGreaterThan(1);
  });

  it('can be scaled: no fixed names, and no ports but those of the door', () => {
    expect(composeText).not.toMatch(/container_name|hostname:/);
    const published = Object.keys(services).filter((name) => services[name]?.ports.length);
    expect(published).toEqual(['ingress']);
  });

  it.each(rooms)('starts %s with settings that hold', (room, { command, environment }) => {
    const config = readConfig(inside(environment), command);
    expect(config.rooms).toEqual([room]);
    expect(config.nats).toEqual({
      servers: ['nats://nats:4222'],
      user: room,
      password: `local-${room}`,
    });
    expect(config.internal.host).not.toBe('auto');
    expect(config.upstream.kind).toBe('simulator');
  });

  it.each(rooms)('probes %s where it listens', (room, { command, environment, healthcheck }) => {
    const { http, health } = readConfig(inside(environment), command);
    const { port } = room === 'ingress' ? http : health;
    expect(healthcheck.test.at(-1)).toContain(`http://127.0.0.1:${port}/healthz`);
  });

  it.each(rooms)('starts %s only after what it needs is healthy', (room, { depends_on }) => {
    const always = Object.keys(services).filter((name) => !services[name]?.profiles.length);
    const needed = room === 'ingress' ? always.filter((name) => name !== room) : ['nats'];
    expect(Object.keys(depends_on).toSorted()).toEqual(needed.toSorted());
    expect(Object.values(depends_on).every((d) => d.condition === 'service_healthy')).toBe(true);
  });

  it.each(rooms)('gives %s longer to stop than it takes to drain', (_, spec) => {
    const { limits } = readConfig(inside(spec.environment), spec.command);
    const neededMs = limits.lameDuckMs + limits.drainMs + limits.leaveMs;
    expect(Number.parseInt(spec.stop_grace_period ?? '', 10) * 1000).toBeGreaterThan(neededMs);
  });

  it('sets only what the configuration knows', () => {
    const known = SETTING_NAMES.flatMap(variablesOf);
    for (const [room, { environment }] of rooms) {
      const unknown = Object.keys(environment).filter((name) => !known.includes(name));
      expect(unknown, room).toEqual([]);
    }
  });

  it('hands on every setting of its own environment that is not fixed by the container', () => {
    const handed = Array.from(composeText.matchAll(/\$\{(\w+):-/g), ([, name]) => name ?? '');
    const fixed = ['LLMP_HOST', 'LLMP_PORT', 'LLMP_HEALTH_PORT', 'LLMP_DATA_DIR', 'NATS_URL'];
    fixed.push('LLMP_INTERNAL_HOST', 'LLMP_INTERNAL_PORT', 'NATS_USER', 'NATS_PASSWORD');
    fixed.push('LLMP_POLICIES');
    const passwords = HOSTED.map((room) => `NATS_PASSWORD_${room.toUpperCase()}`);
    expect([...new Set(handed)].toSorted()).toEqual(
      [
        ...SETTING_NAMES.filter((name) => !fixed.includes(name)),
        ...passwords,
        // A folder of the host, where the container sees it.
        'LLMP_POLICY_FOLDER',
        'POSTGRES_PASSWORD',
      ].toSorted(),
    );
  });

  it('gives the upstream credential to the upstream alone', () => {
    const outer = { ANTHROPIC_API_KEY: 'sk-1', NATS_PASSWORD_RAG: '1e5' };
    const holders = rooms.filter(([, { environment }]) =>
      Object.values(inside(environment, outer)).includes('sk-1'),
    );
    expect(holders.map(([room]) => room)).toEqual(['upstream']);
  });

  it('gives each room the password the broker has for it, quoted for the broker', () => {
    const broker = inside(services['nats']?.environment ?? {});
    for (const [room, { environment }] of rooms) {
      const { NATS_PASSWORD } = inside(environment);
      expect(broker[`NATS_PASSWORD_${room.toUpperCase()}`]).toBe(`"${NATS_PASSWORD}"`);
    }
  });
});

describe('Dockerfile', () => {
  it('needs no frontend from elsewhere and runs as a user without rights', () => {
    expect(dockerfile).not.toMatch(/^# *syntax/m);
    expect(dockerfile).toMatch(/^USER node$/m);
    expect(dockerfile).toMatch(/^ENTRYPOINT \["node", "services\/main\.ts"\]$/m);
  });

  it('sets only what the configuration or Node knows', () => {
    const known = [...SETTING_NAMES, 'NODE_ENV', 'NODE_COMPILE_CACHE'];
    expect(Object.keys(imageEnv).filter((name) => !known.includes(name))).toEqual([]);
    expect(imageEnv).toMatchObject({ LLMP_HOST: '0.0.0.0', LLMP_INTERNAL_HOST: 'auto' });
  });

  it('takes from the folder only what its context lets in', () => {
    const allowed = text('.dockerignore').match(/(?<=^!).+$/gm);
    const copied = Array.from(dockerfile.matchAll(/^COPY (.+) \S+$/gm), ([, names]) => names ?? '');
    expect(copied.flatMap((names) => names.split(' ')).toSorted()).toEqual(allowed?.toSorted());
  });
});
