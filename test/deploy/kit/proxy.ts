// A reverse proxy with its configuration from deploy/, of which only addresses and the certificate differ.

import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../kit/servers.ts';
import { withServers } from './programs.ts';

export type ProxyName = 'nginx' | 'caddy';

export interface Proxy extends AsyncDisposable {
  /** Where it listens, with TLS. */
  readonly port: number;
}

const FILES = { nginx: 'nginx/llmp.conf', caddy: 'caddy/Caddyfile' } as const;

/** The file as it is in deploy/. */
export function configurationOf(name: ProxyName): string {
  return readFileSync(
    fileURLToPath(new URL(`../../../deploy/${FILES[name]}`, import.meta.url)),
    'utf8',
  );
}

/** @param upstream the port that takes the place of llmp's */
export async function startProxy(name: ProxyName, upstream: number): Promise<Proxy> {
  const folder = mkdtempSync(join(tmpdir(), `llmp-${name}-`));
  const port = await freePort();
  const request = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1';
  const names = ['-subj', '/CN=localhost', '-keyout', 'privkey.pem', '-out', 'fullchain.pem'];
  execFileSync('openssl', [...request.split(' '), ...names], { cwd: folder, stdio: 'pipe' });
  const text = configurationOf(name).replaceAll('127.0.0.1:8080', `127.0.0.1:${upstream}`);
  const child = PROGRAMS[name](folder, text, port);
  let printed = '';
  child.stderr?.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  const ended = once(child, 'exit');
  try {
    await listening(port, child);
  } catch (error) {
    throw new Error(printed, { cause: error });
  }
  return {
    port,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const PROGRAMS: Record<ProxyName, (folder: string, text: string, port: number) => ChildProcess> = {
  nginx(folder, text, port) {
    const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (path) => `${path}_temp_path ${folder}/${path};`,
    );
    const site = text
      .replace('listen 443 ssl;', `listen 127.0.0.1:${port} ssl;`)
      .replaceAll('/etc/ssl/llmp/', `${folder}/`);
    const file = join(folder, 'nginx.conf');
    writeFileSync(
      file,
      `daemon off; master_process off; pid ${folder}/pid; error_log stderr;
       events {} http { access_log off; ${paths.join(' ')} ${site} }`,
    );
    return spawn('nginx', ['-p', folder, '-c', file], { env: withServers });
  },
  caddy(folder, text, port) {
    const site = text.replace(
      'llmp.example.com {',
      `{\nadmin off\n}\nhttps://localhost:${port} {\nbind 127.0.0.1\ntls fullchain.pem privkey.pem`,
    );
    writeFileSync(join(folder, 'Caddyfile'), site);
    mkdirSync(join(folder, 'home'));
    const env = {
      ...withServers,
      HOME: join(folder, 'home'),
      XDG_DATA_HOME: '',
      XDG_CONFIG_HOME: '',
    };
    return spawn('caddy', ['run', '--config', 'Caddyfile'], { cwd: folder, env });
  },
};

async function listening(port: number, child: ChildProcess): Promise<void> {
  while (child.exitCode === null) {
    const socket = connect(port, '127.0.0.1');
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    socket.destroy();
    if (isOpen) return;
  }
  throw new Error(`ended with ${child.exitCode}`);
}
