// The commands about keys, teams and usage. A new secret is the only text on standard output, so that it
// can be piped; everything else about it goes to standard error.

import type { ParsedCommand, StoreCommand } from './command-line.ts';
import { csvHead, csvLine, USAGE_COLUMNS } from '../admin/csv.ts';
import type { KeyService } from '../admin/keys.ts';
import type { KeyView, NewKeyView } from '../admin/key-view.ts';
import type { QuotaView } from '../admin/quota-input.ts';
import type { TeamService } from '../admin/teams.ts';
import { GROUPINGS } from '../admin/usage-input.ts';
import type { UsageService } from '../admin/usage.ts';

export interface Output {
  /** Writes a line to standard output. */
  readonly line: (text: string) => void;
  /** Writes a line to standard error. */
  readonly note: (text: string) => void;
}

/** Runs a command on the store. @throws The error of the service. */
export async function runCommand(
  { command, target, options, limits }: ParsedCommand<StoreCommand>,
  {
    keys,
    teams,
    usage,
  }: { readonly keys: KeyService; readonly teams: TeamService; readonly usage: UsageService },
  { line, note }: Output,
): Promise<void> {
  const { name, team, models, policy, collections, cache, limit, after, overlap, expires } =
    options;
  const expiry = withoutUndefined({ expires_in: expires });
  switch (command) {
    case 'keys create': {
      const fields = withoutUndefined({
        name,
        team,
        models: listOf(models),
        policy,
        cache_for: cache,
        limits,
      });
      Object.assign(fields, withoutUndefined({ collections: listOf(collections) }));
      showNew(await keys.create({ ...fields, ...expiry }));
      return;
    }
    case 'keys list': {
      const page = await keys.list(withoutUndefined({ limit, after }));
      line('id\tstatus\tname\tteam\tmodels\tpolicy\tcollections\tcache\tcreated\texpires\tlimits');
      for (const key of page.data) line(lineOf(key));
      if (page.has_more) note(`More keys: --after ${page.last_id ?? ''}`);
      return;
    }
    case 'keys update': {
      const cacheFor = cache === 'off' ? null : cache;
      const names = collections === 'off' ? null : listOf(collections);
      const fields = withoutUndefined({
        name,
        policy,
        collections: names,
        cache_for: cacheFor,
        limits,
      });
      return line(lineOf(await keys.change(target, fields)));
    }
    case 'keys revoke':
      return line(lineOf(await keys.revoke(target)));
    case 'keys rotate':
      showNew(await keys.rotate(target, { ...withoutUndefined({ overlap }), ...expiry }));
      return note(`The key ${target} is still accepted for ${overlap ?? '24h'}.`);
    case 'usage show': {
      const report = await usage.usage(options);
      const by = GROUPINGS.filter((grouping) => report.data.some((row) => grouping in row));
      const columns = [...by, ...USAGE_COLUMNS];
      line([csvHead(columns), ...report.data.map((row) => csvLine(row, columns))].join('').trim());
      return note(`${report.from} to ${report.to}: $${report.total.cost_usd}`);
    }
    case 'teams show':
      return line(`${target}\t${limitsText((await teams.show(target)).limits ?? {})}`);
    case 'teams update': {
      const changed = await teams.change(target, withoutUndefined({ limits }));
      return line(`${changed.team}\t${limitsText(changed.limits ?? {})}`);
    }
  }

  function showNew({ key, ...view }: NewKeyView): void {
    line(key);
    note(`This key is shown only once. ${lineOf(view)}`);
  }
}

function listOf(text: string | undefined): string[] | undefined {
  return text?.split(',').map((name) => name.trim());
}

/** Drops undefined fields, which the services reject. */
export function withoutUndefined(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function lineOf(key: KeyView): string {
  const { id, status, name, team, models, policy, created_at, expires_at, limits } = key;
  const columns = [id, status, name, team ?? '-', models?.join(',') ?? 'all', policy ?? 'default'];
  const rest = [
    key.collections?.join(',') ?? '-',
    key.cache_for ?? 'off',
    created_at,
    expires_at ?? 'never',
  ];
  return [...columns, ...rest, limitsText(limits ?? {})].join('\t');
}

function limitsText(limits: QuotaView): string {
  return (
    Object.entries(limits)
      .map(([name, count]) => `${name}=${count}`)
      .join(',') || 'none'
  );
}
