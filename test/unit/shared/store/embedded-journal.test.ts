// The settlement journal: files as a killed process leaves them, whole, torn, foreign or locked.

import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LedgerEntry } from '../../../../shared/metering/ledger.ts';
import type { Settlement } from '../../../../shared/metering/quotas.ts';
import { journalLine } from '../../../../shared/metering/settlement-journal.ts';
import { EmbeddedJournal } from '../../../../shared/store/embedded-journal.ts';
import { createFakeClock, type FakeClock } from '../../../kit/fake-clock.ts';
import { checkProperty } from '../../../kit/properties.ts';

const ENTRY: LedgerEntry = {
  id: 'req_1',
  atMs: 1_800_000_000_000,
  keyId: 'abc',
  route: '/v1/messages',
  status: 200,
  outcome: 'responded',
  tookMs: 5,
  inputTokens: 1,
  cacheWriteTokens: 0,
  cacheReadTokens: 0,
  outputTokens: 2,
  estimated: false,
  cost: 3,
};

const settlement = (id: string, more: Partial<LedgerEntry> = {}): Settlement => ({
  owner: 'key:abc',
  nowMs: 1_800_000_000_000,
  holder: id,
  charges: [{ bucket: 'key:abc:input-tokens', perMinute: 5, tokens: -1 }],
  leases: [{ scope: 'key:abc', max: 1 }],
  budgets: [{ account: 'key:abc:2027-01', endMs: 1_900_000_000_000, hold: 9, cost: 3 }],
  entry: { ...ENTRY, id, ...more },
});

describe('the settlement journal', () => {
  let root: string;
  let directory: string;
  let clock: FakeClock;
  let stack: AsyncDisposableStack;
  const faults: unknown[] = [];
  const damaged: { readonly path: string; readonly lines: number }[] = [];
  const recovered: number[] = [];
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'llmp-journal-'));
    directory = join(root, 'settlements');
    clock = createFakeClock();
    stack = new AsyncDisposableStack();
    for (const list of [faults, damaged, recovered]) list.splice(0);
  });
  afterEach(async () => {
    await stack.disposeAsync();
    rmSync(root, { recursive: true, force: true });
  });

  const open = async (bytesMax = 1_000_000) => {
    const journal = stack.use(
      new EmbeddedJournal({
        directory,
        clock,
        limits: { bytesMax, retryMs: 1_000 },
        onFault: (error) => faults.push(error),
        onDamaged: (facts) => damaged.push(facts),
        onRecovered: ({ records }) => recovered.push(records),
      }),
    );
    await journal.start();
    return journal;
  };
  const files = () => (existsSync(directory) ? readdirSync(directory).toSorted() : []);
  const textOf = (name: string) => readFileSync(join(directory, name), 'utf8');
  const lines = (...all: readonly Settlement[]) =>
    all.map((one) => journalLine(one, crc32)).join('');
  /** As a killed process leaves it: no lock. */
  const leave = (text: string | Uint8Array, name = 'left') => {
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, `${name}.jsonl`), text);
  };
  const recover = async (journal: EmbeddedJournal) => {
    const booked: Settlement[] = [];
    await journal.recover(async (one) => booked.push(one) > 0);
    return booked;
  };

  it('has settlements on disk once flushed, with the fields of the ledger', async () => {
    const journal = await open();
    journal.add(settlement('a'));
    journal.add(settlement('b'));
    await journal.flush();
    const [name = ''] = files().filter((file) => file.endsWith('.jsonl'));
    const written = textOf(name).split('\n').filter(Boolean);
    expect(written).toHaveLength(2);
    // Several writes may be under way at once, so the order is open.
    expect(new Set(written)).toEqual(
      new Set([settlement('a'), settlement('b')].map((one) => lines(one).trimEnd())),
    );
    expect(statSync(join(directory, name)).mode & 0o777).toBe(0o600);
  });

  it('writes what is added and removed while it writes', async () => {
    const journal = await open();
    const kept: string[] = [];
    for (let at = 0; at < 200; at += 1) {
      const one = settlement(`s${at}`);
      journal.add(one);
      if (at % 3 > 0) await setImmediate();
      if (at % 2 > 0) journal.remove(one);
      else kept.push(one.holder);
    }
    await expect
      .poll(() =>
        readdirSync(directory)
          .map((name) => textOf(name))
          .join(''),
      )
      .toContain('"s198"');
    await journal[Symbol.asyncDispose]();
    const left = (await recover(await open())).map(({ holder }) => holder);
    expect(left).toEqual(expect.arrayContaining(kept));
  });

  it('leaves no file when everything was taken', async () => {
    const journal = await open();
    const one = settlement('a');
    journal.add(one);
    await journal.flush();
    journal.remove(one);
    expect(journal.size).toBe(0);
    await journal[Symbol.asyncDispose]();
    expect(files()).toEqual([]);
  });

  it('is recovered by the next process once, with every field in its place', async () => {
    const first = await open();
    const all = ['a', 'b', 'c'].map((id) => settlement(id, { scrubbed: { EMAIL_ADDRESS: 2 } }));
    for (const one of all) first.add(one);
    await first.flush();
    await first[Symbol.asyncDispose]();
    const second = await open();
    const booked = await recover(second);
    // Several writes may be under way at once, so the order is open.
    const inOrder = booked.toSorted((one, other) => one.holder.localeCompare(other.holder));
    expect(JSON.stringify(inOrder)).toBe(JSON.stringify(all));
    expect(recovered).toEqual([3]);
    expect(await recover(second)).toEqual([]);
    expect(await recover(await open())).toEqual([]);
    expect(faults).toEqual([]);
  });

  it('is left alone while its process runs', async () => {
    const first = await open();
    first.add(settlement('a'));
    await first.flush();
    expect(await recover(await open())).toEqual([]);
    await first[Symbol.asyncDispose]();
    expect(await recover(await open())).toEqual([settlement('a')]);
  });

  it('stays for the next start when the store does not take it', async () => {
    leave(lines(settlement('a'), settlement('b')));
    const journal = await open();
    const tried: string[] = [];
    await journal.recover(async ({ holder }) => tried.push(holder) < 2);
    expect(tried).toEqual(['a', 'b']);
    expect(await recover(await open())).toEqual([settlement('a'), settlement('b')]);
  });

  it('is emptied when all is taken, and written anew when it is too large', async () => {
    const journal = await open(2_000);
    const [name = ''] = files().filter((file) => file.endsWith('.jsonl'));
    const kept = settlement('kept');
    journal.add(kept);
    for (let at = 0; at < 20; at += 1) {
      const passing = settlement(`passing ${at}`);
      journal.add(passing);
      await journal.flush();
      journal.remove(passing);
    }
    journal.add(settlement('last'));
    await journal.flush();
    expect(statSync(join(directory, name)).size).toBeLessThan(4_000);
    await journal[Symbol.asyncDispose]();
    const left = (await recover(await open())).map(({ holder }) => holder);
    expect(left).toContain('kept');
    expect(left).toContain('last');
  });

  it('books whole lines of a damaged file once, and keeps the file aside', async () => {
    const whole = [settlement('a'), settlement('b')];
    leave(`${lines(...whole)}${lines(settlement('torn')).slice(0, 50)}`);
    const journal = await open();
    expect(await recover(journal)).toEqual(whole);
    const path = join(directory, 'left.jsonl.damaged');
    expect(damaged).toEqual([{ path, lines: 1 }]);
    expect(readFileSync(path, 'utf8')).toContain('"a"');
    expect(await recover(await open())).toEqual([]);
  });

  it.each([
    ['a file of another program', 'hello\nworld\n', 2],
    ['JSON that is no settlement', journalLine({ nowMs: 1 } as Settlement, crc32), 1],
    ['numbers that are none', lines(settlement('a', { cost: 'x' as unknown as number })), 1],
    ['bytes', new Uint8Array([0, 255, 10, 254, 10]), 2],
    ['a changed digit', lines(settlement('a')).replace('"cost":3', '"cost":4'), 1],
  ])('keeps %s aside', async (_, text, count) => {
    leave(text);
    expect(await recover(await open())).toEqual([]);
    expect(damaged.map((one) => one.lines)).toEqual([count]);
    expect(files()).toContain('left.jsonl.damaged');
  });

  it('is not stopped by what it cannot open', async () => {
    mkdirSync(join(directory, 'a.jsonl'), { recursive: true });
    leave(lines(settlement('b')), 'b');
    expect(await recover(await open())).toEqual([settlement('b')]);
    expect(faults).toHaveLength(1);
  });

  it('skips empty lines', async () => {
    const journal = await open();
    journal.add(settlement('a'));
    await journal.flush();
    const [name = ''] = files().filter((file) => file.endsWith('.jsonl'));
    appendFileSync(join(directory, name), '\n');
    journal.add(settlement('b'));
    await journal.flush();
    await journal[Symbol.asyncDispose]();
    expect(await recover(await open())).toEqual([settlement('a'), settlement('b')]);
    expect(damaged).toEqual([]);
  });

  it('reports once that it cannot be written, and writes later', async () => {
    writeFileSync(directory, 'a file in its place');
    const journal = await open();
    expect(faults).toHaveLength(1);
    journal.add(settlement('a'));
    await expect(journal.flush()).rejects.toThrow(/EEXIST|ENOTDIR/);
    expect(faults).toHaveLength(1);
    rmSync(directory);
    clock.advance(1_000);
    await journal.flush();
    await journal[Symbol.asyncDispose]();
    expect(await recover(await open())).toEqual([settlement('a')]);
  });

  it('books what is whole, wherever a file is cut', async () => {
    const all = ['a', 'b', 'c'].map((id) => settlement(id, { model: 'ünïcode 🦊' }));
    const bytes = Buffer.from(lines(...all));
    const ends = all.map((_, at) => Buffer.byteLength(lines(...all.slice(0, at + 1))));
    await checkProperty(
      fc.asyncProperty(fc.nat({ max: bytes.length }), async (length) => {
        rmSync(directory, { recursive: true, force: true });
        leave(bytes.subarray(0, length));
        const journal = await open();
        const booked = await recover(journal);
        await journal[Symbol.asyncDispose]();
        // The last line may lack only its end of line.
        const count = ends.filter((end) => end - 1 <= length).length;
        expect(booked).toEqual(all.slice(0, count));
      }),
      { runs: 50 },
    );
  });
});
