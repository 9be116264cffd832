// Installs what package-lock.json names unless it is installed already. npm runs this before the other
// scripts, maybe on Node 20 and without any package, so it is plain JavaScript.
//   node services/host/install.mjs              everything
//   node services/host/install.mjs --omit=dev   what the gateway itself needs

import { execSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

const omitsDev = process.argv.includes('--omit=dev');
const locked = packagesOf(readFileSync('package-lock.json', 'utf8'));
const installed = installedPackages();

if (!Object.entries(locked).every(([path, entry]) => isInstalled(path, entry))) {
  // Without the development packages npm would remove those that are installed.
  const omit = omitsDev && !hasDevPackages() ? ' --omit=dev' : '';
  execSync(`npm install --no-save --loglevel=error${omit}`, { stdio: 'inherit' });
}

function isInstalled(path, { version, integrity, dev, optional, devOptional }) {
  const found = installed[path];
  if (found) return found.version === version && found.integrity === integrity;
  return optional === true || devOptional === true || (omitsDev && dev === true);
}

function hasDevPackages() {
  return Object.entries(locked).some(([path, { dev }]) => dev === true && existsSync(path));
}

/** npm writes this file at the end of an install, so one that was interrupted counts for nothing. */
function installedPackages() {
  try {
    return packagesOf(readFileSync('node_modules/.package-lock.json', 'utf8'));
  } catch {
    return {};
  }
}

/** By path, such as `node_modules/zod`. */
function packagesOf(lockFile) {
  const { '': _root, ...packages } = JSON.parse(lockFile).packages;
  return packages;
}
