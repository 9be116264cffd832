// Runs once before the tests of the containers: they need an engine that answers `docker info`. Without
// one they fail in CI, and anywhere else say how to get one.

import { spawnSync } from 'node:child_process';

export default function needEngine(): void {
  const { status } = spawnSync('docker', ['info'], { stdio: 'ignore' });
  if (status === 0) return;
  throw new Error(
    'No container engine answers: start Docker (or set DOCKER_HOST), then try again.',
  );
}
