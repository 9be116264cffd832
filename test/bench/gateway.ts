// Measures CPU, latency, streams and memory of llmp beside the floor and other gateways, in one run on one
// machine. Trust the ratios: load and upstream share the machine.
//   npm run bench                              all loads, under ten minutes; writes RESULTS.md
//   npm run bench -- --quick                   few requests, under two minutes
//   npm run bench -- llmp node-parse 1kb       these candidates and loads
//   npm run bench -- rounds=10                 more rounds than the default two
//   npm run bench -- peers=FOLDER              looks there for other gateways, too
//   npm run bench -- soak [seconds=300]        checks for leaks; writes RESULTS.md
//   npm run bench -- privacy                   detection quality and cost of the scrubber
//   npm run bench -- privacy FOLDER [source=FOLDER]   the same for labelled texts, beside other engines
//   npm run bench -- policy                    cost of policy rules, and how long they hold streams
//   npm run bench -- scan                      cost of reading a body, beside what reads it otherwise
//   npm run bench -- scanners                  speed of finding sensitive data, beside other engines
//   npm run bench -- growth                    how cost grows; also writes docs/performance.md
//   npm run bench -- rag                       quality and speed of the passage index
//   npm run bench -- steps [name]              how long hostile requests hold the event loop
//   npm run bench -- beside [setting]          small requests beside large ones in one process
//   npm run bench -- capacity                  predicts throughput and latency, and measures them

import { CANDIDATES, DEFAULT_CANDIDATES, type CandidateName } from './candidates.ts';
import { measureGateways, type GatewayOptions } from './gateways.ts';
import { LOADS, type LoadName } from './loads.ts';
import { machineFacts } from './markdown.ts';
import { copySection, PERFORMANCE, today, writeSection } from './results.ts';
import { isSectionWord, SECTION_NAMES, type SectionWord } from './section-names.ts';

const ROUNDS = 2;
const FULL = { share: 1, msMax: 3_000 };
const QUICK = { share: 0.2, msMax: 800 };
const SOAK_SECONDS = 120;
const QUICK_WORD = '--quick';
const PEERS = /^peers=(.+)$/;

/** Sections of the bench by their first word; the others follow. */
const SECTIONS: Readonly<Record<SectionWord, (words: readonly string[]) => Promise<void>>> = {
  privacy: async (words) => {
    if (words.length > 0) return await (await import('./privacy/yardstick.ts')).runYardstick(words);
    await (await import('./privacy/privacy.ts')).runPrivacy();
  },
  policy: async () => await (await import('./policy/policy.ts')).runPolicy(),
  scan: async () => (await import('./scan/scan.ts')).runScan(),
  scanners,
  '--scanners': scanners,
  growth,
  steps: async (words) => await (await import('./steps/steps.ts')).runSteps(words),
  beside: async (words) => await (await import('./beside/beside.ts')).runBeside(words),
  capacity: async (words) => await (await import('./capacity/capacity.ts')).runCapacity(words),
  rag: async (words) => await (await import('./rag/rag.ts')).runRag(words),
  soak,
};

const [first = '', ...others] = process.argv.slice(2);
await (isSectionWord(first) ? SECTIONS[first](others) : compareGateways(process.argv.slice(2)));
process.exit();

async function soak([word]: readonly string[]): Promise<void> {
  const { runSoak } = await import('./soak/soak.ts');
  const seconds = numberIn(word, 'seconds') ?? SOAK_SECONDS;
  const soaked = await runSoak(seconds);
  console.log(soaked.text);
  if (word === undefined)
    writeSection('soak', `${today()}, \`npm run bench -- soak\` on ${soaked.text}`);
  if (soaked.hasGrown) process.exitCode = 1;
}

async function scanners(): Promise<void> {
  const { measureScanners, scannerTable } = await import('./scanners/scanners.ts');
  const facts = machineFacts();
  const text = scannerTable(await measureScanners());
  console.log(`${facts}\n\n${text}`);
  writeSection('scanners', `${today()}, \`npm run bench -- scanners\` on ${facts}\n\n${text}`);
}

async function growth(): Promise<void> {
  const { measureGrowth, growthTable } = await import('./growth/growth.ts');
  const facts = machineFacts();
  const text = growthTable(await measureGrowth());
  console.log(`${facts}\n\n${text}`);
  writeSection('growth', `${today()}, \`npm run bench -- growth\` on ${facts}\n\n${text}`);
  copySection('growth', PERFORMANCE);
}

async function compareGateways(words: readonly string[]): Promise<void> {
  const options = optionsOf(words);
  const { facts, parts } = await measureGateways(options);
  console.log([facts, ...Object.values(parts)].join('\n\n'));
  // Where the peers are says nothing about what is measured.
  if (words.some((word) => !PEERS.test(word))) return;
  const head = `${today()}, \`npm run bench\` on ${facts}`;
  writeSection('beside', `${head}\n\n${parts.beside}`);
  writeSection('bars', parts.bars);
  writeSection('details', parts.details);
}

function optionsOf(words: readonly string[]): GatewayOptions {
  const isQuick = words.includes(QUICK_WORD);
  const known = new Set<string>([...CANDIDATES, ...LOADS, QUICK_WORD]);
  const unknown = words.filter(
    (word) => !known.has(word) && !PEERS.test(word) && numberIn(word, 'rounds') === undefined,
  );
  if (unknown.length > 0) {
    const sections = SECTION_NAMES.join(', ');
    console.error(
      `unknown: ${unknown.join(' ')}; known: first ${sections}, or ${[...known].join(' ')} rounds=<count> peers=<folder>`,
    );
    process.exit(2);
  }
  const rounds = words.map((word) => numberIn(word, 'rounds')).find((count) => count !== undefined);
  return {
    candidates: chosen<CandidateName>(words, CANDIDATES, DEFAULT_CANDIDATES),
    loads: chosen<LoadName>(words, LOADS, LOADS),
    extent: isQuick ? QUICK : FULL,
    rounds: rounds ?? (isQuick ? 1 : ROUNDS),
    hasSteady: !isQuick,
    places: { env: process.env, folder: folderIn(words) },
  };
}

function chosen<Name extends string>(
  words: readonly string[],
  names: readonly Name[],
  usual: readonly Name[],
): readonly Name[] {
  const named = names.filter((name) => words.includes(name));
  return named.length > 0 ? named : usual;
}

/** `name=7` */
function numberIn(word: string | undefined, name: string): number | undefined {
  const [, number] = new RegExp(`^${name}=([1-9]\\d*)$`).exec(word ?? '') ?? [];
  return number === undefined ? undefined : Number(number);
}

function folderIn(words: readonly string[]): string | undefined {
  return words.map((word) => PEERS.exec(word)?.[1]).find((folder) => folder !== undefined);
}
