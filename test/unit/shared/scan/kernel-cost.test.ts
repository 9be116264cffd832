import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { DETECTORS } from '../../../../shared/privacy/detect/detectors.ts';
import { detectorProgram } from '../../../../shared/privacy/detect/detector-program.ts';
import { scanJson } from '../../../../shared/json/parse.ts';
import { NODE_WORDS, STRING_WORDS } from '../../../../shared/scan/body-index.ts';
import { jsonTree } from '../../../../shared/scan/json-tree.ts';
import { createKernel } from '../../../../shared/scan/kernel.ts';
import { withoutIndexes } from '../../../kit/plain-trees.ts';
import { BOUNDS, indexOf, KEY, SMALL_PROGRAM } from '../../../kit/scan-bodies.ts';

const MEGABYTE = 1_000_000;
/** The largest body that the ingress takes. */
const LARGEST = 32 * MEGABYTE;
/** Ample for linear time on a busy machine; quadratic time takes minutes. */
const LINEAR_MS = 30_000;

const kernel = createKernel(detectorProgram(DETECTORS), KEY);

/** Texts in which each position costs as much as it can. */
const FLOODS: Record<string, string> = {
  'quotes in escapes': '\\"',
  'characters in escapes': '\\u0061',
  'pairs in escapes': '\\ud83d\\ude00',
  digits: '1',
  'short groups': '1-',
  'alternating runs': 'a1',
  'long runs': `${'a'.repeat(63)}1`,
  'broken base64': '1/',
  'beginnings of keywords': 'passwor',
  'a trigger character': '@',
  'words of headings': 'name    ',
  cells: '1 ,',
  'what is not ASCII': 'é',
  'confusable characters': '０\u00ad',
  ideographs: '生年月日',
  'percent escapes': '%41',
  'invalid UTF-8': '\u00ff',
};

describe('the cost of a scan', () => {
  it.each(Object.entries(FLOODS))('is linear for %s', (_, part) => {
    const encoding = part === '\u00ff' ? 'latin1' : 'utf8';
    const once = Buffer.from(part, encoding);
    const flood = Buffer.alloc(4 * MEGABYTE - ((4 * MEGABYTE) % once.length), once);
    const bytes = Buffer.concat([Buffer.from('["'), flood, Buffer.from('"]')]);
    const startedMs = performance.now();
    const { strings } = indexOf(kernel, bytes);
    expect(performance.now() - startedMs).toBeLessThan(LINEAR_MS);
    expect(strings.length).toBe(STRING_WORDS);
  });

  it.each([
    ['[', ']'],
    ['{"a":', '}'],
  ])('is linear for %s', (open, close) => {
    const nested = (depth: number) => `${open.repeat(depth)}1${close.repeat(depth)}`;
    const bounds = { depthMax: 4_000 };
    expect(indexOf(kernel, nested(4_000), bounds).nodes.length).toBeGreaterThan(4_000 * NODE_WORDS);
    const tree = jsonTree(indexOf(kernel, nested(200)));
    expect(withoutIndexes(tree)).toEqual(scanJson(nested(200)));
    const startedMs = performance.now();
    expect(() => indexOf(kernel, open.repeat(MEGABYTE), bounds)).toThrow('nested too deeply');
    expect(performance.now() - startedMs).toBeLessThan(LINEAR_MS);
  });

  it('is spread over steps that each read a window', () => {
    const block = {
      type: 'text',
      text: 'Call +49 30 901820 or mail é@corp.org, "quoted" \n'.repeat(40),
    };
    const count = Math.ceil(LARGEST / JSON.stringify(block).length);
    const bytes = Buffer.from(JSON.stringify(Array.from({ length: count }, () => block)));
    const startedMs = performance.now();
    const steps = kernel.steps(bytes, { ...BOUNDS, candidatesMax: 100_000_000 });
    let taken = 1;
    let step = steps.next();
    for (; !step.done; step = steps.next()) taken += 1;
    expect(performance.now() - startedMs).toBeLessThan(LINEAR_MS);
    expect(taken).toBeGreaterThanOrEqual(bytes.length / 65_536);
    const { nodes, strings, candidates } = step.value;
    // An array, and for each block an object with two keys and two strings.
    expect(nodes.length).toBe((1 + 5 * count) * NODE_WORDS);
    expect(strings.length).toBe(4 * count * STRING_WORDS);
    const perBlock = indexOf(kernel, JSON.stringify(block)).candidates.length;
    expect(candidates.length).toBe(count * perBlock);
  });

  it('is no memory of the kernel, however large a body is', () => {
    const small = createKernel(SMALL_PROGRAM, KEY);
    const before = small.memoryBytes;
    expect(before).toBeLessThan(4 * MEGABYTE);
    const bytes = Buffer.from(JSON.stringify(['ab @ 1234 '.repeat(800_000), {}, [1]]));
    indexOf(small, bytes, { candidatesMax: 1_000 });
    for (const part of small.search('ab @ 1234 '.repeat(100_000)))
      expect(part.length).toBeGreaterThan(0);
    expect(small.memoryBytes).toBe(before);
  });
});

describe('a kernel in a thread', () => {
  it('learns what one in the main thread learns', async () => {
    const source = `
      import { parentPort } from 'node:worker_threads';
      import { createKernel } from ${JSON.stringify(new URL('../../../../shared/scan/kernel.ts', import.meta.url))};
      import { indexOf, KEY, SMALL_PROGRAM } from ${JSON.stringify(new URL('../../../kit/scan-bodies.ts', import.meta.url))};
      parentPort.postMessage(indexOf(createKernel(SMALL_PROGRAM, KEY), '["abba 12-34"]'));
    `;
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`));
    const learned = await new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    await worker.terminate();
    expect(learned).toEqual(indexOf(createKernel(SMALL_PROGRAM, KEY), '["abba 12-34"]'));
  });
});
