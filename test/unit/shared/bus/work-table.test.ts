import { describe, expect, it } from 'vitest';
import { WorkTable, type WorkEntry } from '../../../../shared/bus/work-table.ts';

function entry(id: string): WorkEntry {
  const meta = { kind: 'heartbeat', id, attempt: 1, position: 0, seq: -1, from: 'worker' } as const;
  return { subject: 'ingress.scrubber', meta };
}

const idsIn = (table: WorkTable) => table.read()?.map(({ meta }) => meta.id);

describe('the table of messages in work', () => {
  it('shows another thread what was added and not deleted', () => {
    const table = new WorkTable();
    const other = new WorkTable(table.memory);
    const [one = -1] = ['one', 'two'].map((id) => table.add(entry(id)));
    expect(other.read()).toEqual([entry('one'), entry('two')]);
    table.delete(one);
    expect(idsIn(other)).toEqual(['two']);
    table.add(entry('a shorter or longer one'));
    expect(idsIn(other)).toEqual(['a shorter or longer one', 'two']);
  });

  it('grows, also for the thread that has its memory already', () => {
    const table = new WorkTable();
    const other = new WorkTable(table.memory);
    const ids = Array.from({ length: 5_000 }, (_, index) => `req_${index}`);
    const added = ids.map((id) => table.add(entry(id)));
    expect(idsIn(other)).toEqual(ids);
    for (const index of added) table.delete(index ?? -1);
    expect(idsIn(other)).toEqual([]);
  });

  it('takes no entry that is too long, nor more than its memory holds', () => {
    const table = new WorkTable();
    expect(table.add(entry('x'.repeat(600)))).toBeUndefined();
    let added = 0;
    while (table.add(entry('x')) !== undefined) added += 1;
    expect(added).toBeGreaterThan(30_000);
    expect(table.read()).toHaveLength(added);
  });

  it('counts turns of the event loop for all threads', () => {
    const table = new WorkTable();
    table.turn();
    table.turn();
    expect(new WorkTable(table.memory).turns).toBe(2);
  });
});
