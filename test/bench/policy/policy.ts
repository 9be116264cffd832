// Cost of a policy: CPU per megabyte of conversation, cold and cached, with a fifty-rule policy and with
// ten rules of each matcher; and how much of a stream it holds back.

import { FactTable } from '../../../shared/runtime/fact-table.ts';
import { TimeSlice } from '../../../shared/runtime/time-slice.ts';
import { systemClock } from '../../../shared/runtime/clock.ts';
import { DETECTORS } from '../../../shared/privacy/detect/detectors.ts';
import { createScanner } from '../../../shared/privacy/detect/scan.ts';
import { limits } from '../../../shared/limits.ts';
import { compilePolicy } from '../../../shared/policy/compile.ts';
import type { Policy } from '../../../shared/policy/policy.ts';
import { RequestBody } from '../../../shared/protocol/body.ts';
import { RequestEvaluator } from '../../../services/policy/request-evaluation.ts';
import { cpuMs, textsByKind } from '../texts.ts';
import { fiftyRules, rulesOf, RULE_KINDS } from './rules.ts';
import { holdTable } from './hold.ts';
import { confirm } from '../../kit/permits.ts';

const BLOCK_LENGTH = 8_000;
const WARM_UPS = 2;
const ROUNDS = 3;
const CALLER = { key: 'bench', model: 'm' };

const scanner = createScanner(DETECTORS.filter(({ tier }) => tier !== 'C'));

/** Compiles as the gateway does. */
function compile(rules: readonly object[]): Policy {
  const kit = {
    scan: (text: string) => scanner.scan(text),
    deadline: () => Promise.reject(new Error('no remote matcher here')),
  };
  return compilePolicy({ version: 1, rules }, 'bench', kit);
}

export async function runPolicy(): Promise<void> {
  const text = textsByKind().get('mixed') ?? '';
  const content = text.match(new RegExp(`.{1,${BLOCK_LENGTH}}`, 'gs'))?.map((block) => ({
    type: 'text',
    text: block,
  }));
  const body = JSON.stringify({ model: 'm', messages: [{ role: 'user', content }] });
  console.log('| policy | ms/MB cold | ms/MB cached |');
  console.log('| --- | --: | --: |');
  const rows: [name: string, rules: readonly object[]][] = [
    ['50 rules', fiftyRules()],
    ...RULE_KINDS.map((kind): [string, readonly object[]] => [`10 × ${kind}`, rulesOf(kind, 10)]),
  ];
  for (const [name, rules] of rows) {
    const { cold, cached } = await speedOf(compile(rules), body);
    console.log(`| ${name} | ${cold.toFixed(1)} | ${cached.toFixed(1)} |`);
  }
  console.log(`\n${holdTable(compile, text)}`);
}

async function speedOf(policy: Policy, body: string) {
  const bytes = Buffer.from(body);
  const megabytes = bytes.byteLength / 1e6;
  const read = async (evaluator: RequestEvaluator) => {
    const { signal } = new AbortController();
    const timeSlice = new TimeSlice(systemClock, limits.eventLoop.timeSliceMs, signal);
    const request = new RequestBody(bytes).parse(limits.json);
    await evaluator.evaluate(policy, CALLER, request, timeSlice, confirm);
  };
  const created = () =>
    new RequestEvaluator(limits.policy, new FactTable(limits.scan.factBytesMax));
  for (let round = 0; round < WARM_UPS; round += 1) await read(created());
  const cold = await cpuMs(ROUNDS, () => read(created()));
  const evaluator = created();
  await read(evaluator);
  const cached = await cpuMs(ROUNDS, () => read(evaluator));
  return { cold: cold / megabytes, cached: cached / megabytes };
}
