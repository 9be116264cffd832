// `onnxruntime-node` in the pinned version from `test/compat/onnx`. Its install script, which downloads
// more for GPUs, does not run.

import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe } from 'vitest';
import { missing } from './missing.ts';

const FOLDER = fileURLToPath(new URL('../compat/onnx', import.meta.url));
export const ONNX_RUNTIME = join(FOLDER, 'node_modules', 'onnxruntime-node');
const INSTALL_MS_MAX = 480_000;

/** For suites that need it; skipped, and said so, where it cannot be installed. */
export const describeWithOnnxRuntime = describe.skipIf(!(await haveOnnxRuntime()));

/** Whether it is there, after an attempt to install it. Throws in CI when it is not. */
async function haveOnnxRuntime(): Promise<boolean> {
  if (installedVersion() === pinnedVersion()) return true;
  process.stderr.write('Installing onnxruntime-node for the model tests …\n');
  try {
    const command = ['ci', '--ignore-scripts', '--prefix', FOLDER];
    await promisify(execFile)('npm', command, { timeout: INSTALL_MS_MAX });
    return true;
  } catch (cause) {
    missing('the model of a recognizer', 'npm could not install onnxruntime-node', cause);
    return false;
  }
}

function installedVersion(): string | undefined {
  const path = join(ONNX_RUNTIME, 'package.json');
  if (!existsSync(path)) return undefined;
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}

function pinnedVersion(): string | undefined {
  const text = readFileSync(join(FOLDER, 'package.json'), 'utf8');
  const { dependencies } = JSON.parse(text) as { dependencies: Record<string, string> };
  return dependencies['onnxruntime-node'];
}
