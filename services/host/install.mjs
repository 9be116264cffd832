// Installs what package-lock.json names unless it is installed already, and a Node that runs TypeScript unless
// the machine has one. npm runs this before the other scripts, maybe on Node 20 and without any package, so it
// is plain JavaScript.
//   node services/host/install.mjs              everything
//   node services/host/install.mjs --omit=dev   what the gateway itself needs

import { execSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

const NODE_MIN = 24;
/** For machines with an older Node; npm puts its program before theirs. */
const OWN_NODE = '24.21.0';

const omitsDev = process.argv.includes('--omit=dev');
const locked = packagesOf(readFileSync('package-lock.json', 'utf8'));
const installed = installedPackages();
const needsNode = machineNode() < NODE_MIN;

if (!isComplete()) {
  // Without the development packages npm would remove those that are installed.
  const omit = omitsDev && !hasDevPackages() ? ' --omit=dev' : '';
  const node = needsNode ? ` node@${OWN_NODE}` : '';
  execSync(`npm install --no-save --loglevel=error${omit}${node}`, { stdio: 'inherit' });
}

function isComplete() {
  if (needsNode && installed['node_modules/node']?.version !== OWN_NODE) return false;
  return Object.entries(locked).every(([path, entry]) => isInstalled(path, entry));
}

function isInstalled(path, { version, integrity, dev, optional, devOptional }) {
  const found = installed[path];
  if (found) return found.version === version && found.integrity === integrity;
  return optional === true || devOptional === true || (omitsDev && dev === true);
}

function hasDevPackages() {
  return Object.entries(locked).some(([path, { dev }]) => dev === true && existsSync(path));
}

/** The major version of the Node that runs npm; this program may run on the one installed here. */
function machineNode() {
  const [, version] = /\bnode\/v(\S+)/.exec(process.env['npm_config_user_agent'] ?? '') ?? [];
  return Number.parseInt(version ?? process.versions.node, 10);
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
