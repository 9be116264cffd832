import { spawnSync } from 'node:child_process';

/** Global setup: the tests need an engine that `docker info` can reach. */
export default function requireEngine(): void {
  const { status } = spawnSync('docker', ['info'], { stdio: 'ignore' });
  if (status === 0) return;
  throw new Error(
    'No container engine can be reached: start Docker or set DOCKER_HOST, then try again.',
  );
}
