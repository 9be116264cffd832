import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import type { CommandSpec, Invocation } from '../command-spec.ts';
import { runScrub, type ScrubTools } from '../scrub-texts.ts';
import { storedTenant } from '../stored-key.ts';

export const scrubCommand: CommandSpec = {
  name: 'scrub',
  summary: 'Show what an upstream would see of a request or any text.',
  details: 'Reads files, folders or standard input. With --json, prints a line for each text.',
  args: [
    {
      name: 'path',
      description: 'files and folders; - or none is standard input',
      isOptional: true,
      isRepeated: true,
      names: 'file',
    },
  ],
  options: [
    { flags: '--key <key>', description: 'with the placeholders of this key', names: 'key' },
    { flags: '--explain', description: 'add why each value was found' },
    {
      flags: '--check',
      description: 'only list values, none of them printed; exit with 1 if there is one',
    },
  ],
  examples: [
    "echo 'mail ann.lee@corp-mail.org' | llmp scrub --explain",
    'llmp scrub request.json --key laptop',
    'llmp scrub --check src docs',
  ],
  async run(invocation) {
    const { args, options, out } = invocation;
    const { isRemote, ...tools } = await toolsOf(invocation);
    const named = options.text('key');
    // A gateway knows all of its keys, also those of LLMP_KEYS.
    const key = isRemote ? (named ?? '') : await storedTenant(invocation, named);
    const choices = { key, checks: options.has('check'), explains: options.has('explain') };
    return (await runScrub(args, choices, tools, out)) ? 0 : 1;
  },
};

/** A check shows no placeholder, and so needs no key in a data directory. */
async function toolsOf({
  options,
  world,
  environment,
  config,
  admin,
}: Invocation): Promise<ScrubTools & { readonly isRemote: boolean }> {
  const readStandardInput = () => buffer(world.stdin);
  if (options.has('url') || environment().env['LLMP_URL']) {
    const { previewScrub } = await admin();
    if (previewScrub) return { preview: previewScrub, readStandardInput, isRemote: true };
  }
  const { buildDetection } = await import('../../../shared/privacy/detection.ts');
  const { openScrubPreview } = await import('../../scrubber/open-preview.ts');
  const settings = config();
  const detection = buildDetection(settings.scrubber.rules);
  const masterKey = options.has('check') ? randomBytes(32) : undefined;
  const { clock } = world;
  return {
    isRemote: false,
    preview: openScrubPreview({ config: settings, detection, clock, masterKey }),
    readStandardInput,
  };
}
