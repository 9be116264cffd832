// Installs what package-lock.json names unless it is installed already, and a Node that runs TypeScript unless
// the machine has one. npm runs this before the other scripts, maybe on Node 20 and without any package, so it
// is plain JavaScript.
//   node services/host/install.mjs              everything, also the large tools of test/tools
//   node services/host/install.mjs --omit=dev   what the gateway itself needs

import { execSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join, sep } from 'node:path';

const NODE_MIN = 24;
/** For machines with an older Node; npm puts its program before theirs. */
const OWN_NODE = '24.21.0';
/** npm's own record; it writes it at the end, so an install that was interrupted counts for nothing. */
const INSTALLED = 'node_modules/.package-lock.json';
/** The link to test/tools, which npm makes when it installs them. */
const TOOLS = 'node_modules/llmp-test-tools';
const WITH_TOOLS = ' --workspaces --include-workspace-root';

const omitsDev = process.argv.includes('--omit=dev');
const locked = packagesOf(readFileSync('package-lock.json', 'utf8'));
const installed = installedPackages();
const needsNode = machineNode() < NODE_MIN || runsOnOwnNode();

if (!isComplete()) {
  // npm would believe it, also about folders that are gone.
  rmSync(INSTALLED, { force: true });
  const node = needsNode ? ` node@${OWN_NODE}` : '';
  try {
    execSync(`npm install --no-save --loglevel=error${scope()}${node}`, { stdio: 'inherit' });
  } catch {
    // npm has said why.
    process.stderr.write('llmp needs packages of package-lock.json that npm could not install.\n');
    process.exit(1);
  }
}

function isComplete() {
  if (needsNode && installed['node_modules/node']?.version !== OWN_NODE) return false;
  return Object.entries(locked).every(([path, entry]) => isInstalled(path, entry));
}

function isInstalled(path, { version, integrity, dev, optional, devOptional }) {
  const found = existsSync(path) ? installed[path] : undefined;
  if (found) return found.version === version && found.integrity === integrity;
  return optional === true || devOptional === true || (omitsDev && dev === true);
}

/** npm would remove what is installed and not asked for. */
function scope() {
  if (!omitsDev || existsSync(TOOLS)) return WITH_TOOLS;
  return hasDevPackages() ? '' : ' --omit=dev';
}

function hasDevPackages() {
  return Object.entries(locked).some(([path, { dev }]) => dev === true && existsSync(path));
}

/** The major version of the Node that runs npm; this program may run on the one installed here. */
function machineNode() {
  const [, version] = /\bnode\/v(\S+)/.exec(process.env['npm_config_user_agent'] ?? '') ?? [];
  return Number.parseInt(version ?? process.versions.node, 10);
}

function runsOnOwnNode() {
  return process.execPath.startsWith(join(process.cwd(), 'node_modules') + sep);
}

function installedPackages() {
  try {
    return packagesOf(readFileSync(INSTALLED, 'utf8'));
  } catch {
    return {};
  }
}

/** By path, such as `node_modules/zod`; without the folders of this repository. */
function packagesOf(lockFile) {
  const packages = Object.entries(JSON.parse(lockFile).packages);
  return Object.fromEntries(
    packages.filter(([path, { link }]) => path.startsWith('node_modules/') && link !== true),
  );
}
