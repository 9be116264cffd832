// The commands about documents. They upload files and wait for a running gateway to index them.

import type { CommandSpec, OptionSpec } from '../command-spec.ts';
import { confirm, YES_OPTION } from '../confirm.ts';
import { DOCUMENT_COLUMNS } from '../document-columns.ts';
import { pageOf } from '../names.ts';

const COLLECTION: OptionSpec = {
  flags: '--collection <name>',
  description: 'collection of the documents',
  isRequired: true,
  names: 'collection',
};

const DOCUMENT = { name: 'document', description: 'id or name of the document' } as const;

export const DOCUMENT_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'documents add',
    summary: 'Add a file or folder and wait until it is indexed.',
    details: 'Hidden files of a folder are left out, and links are not followed.',
    args: [{ name: 'path', description: 'file or folder', names: 'file' }],
    options: [COLLECTION],
    examples: [
      'llmp documents add ./handbook --collection handbook',
      'llmp documents add prices.pdf --collection handbook',
    ],
    run: async (invocation) => await (await import('../add-documents.ts')).addDocuments(invocation),
  },
  {
    name: 'documents list',
    summary: 'List documents with their state.',
    options: [
      COLLECTION,
      { flags: '--limit <n>', description: 'list at most so many documents' },
      { flags: '--after <id>', description: 'list those after this one' },
    ],
    examples: ['llmp documents list --collection handbook'],
    async run({ options, out, admin }) {
      const { documents } = await admin();
      const collection = options.text('collection') ?? '';
      const page = await pageOf(options, (part) => documents.list(collection, part));
      out.list(page, page.data, DOCUMENT_COLUMNS);
      if (page.has_more) out.note(`More documents: --after ${page.last_id ?? ''}`);
      if (page.data.length === 0 && !out.isJson) out.note(`${collection} has no documents.`);
    },
  },
  {
    name: 'documents show',
    summary: 'Show one document.',
    args: [DOCUMENT],
    options: [COLLECTION],
    examples: ['llmp documents show people/leave.md --collection handbook'],
    async run({ args: [text = ''], options, out, admin }) {
      const { documents } = await admin();
      out.one(await documents.show(options.text('collection') ?? '', text), DOCUMENT_COLUMNS);
    },
  },
  {
    name: 'documents remove',
    summary: 'Remove a document.',
    args: [DOCUMENT],
    options: [COLLECTION, YES_OPTION],
    examples: [
      'llmp documents remove people/leave.md --collection handbook',
      'llmp documents remove doc_9f31c2d0 --collection handbook --yes',
    ],
    async run(invocation) {
      const { args, options, out, admin } = invocation;
      const { documents } = await admin();
      const collection = options.text('collection') ?? '';
      const { id, name } = await documents.show(collection, args[0] ?? '');
      if (!(await confirm(invocation, `Remove ${name} from ${collection}?`))) return 1;
      out.one(await documents.remove(collection, id), DOCUMENT_COLUMNS);
      return 0;
    },
  },
  {
    name: 'documents reindex',
    summary: 'Index every document of a collection again.',
    options: [COLLECTION],
    examples: ['llmp documents reindex --collection handbook'],
    async run({ options, out, admin }) {
      const { documents } = await admin();
      const started = await documents.reindexAll(options.text('collection') ?? '');
      if (out.isJson) out.json(started);
      out.note(
        `Reindexing ${started.documents} ${started.documents === 1 ? 'document' : 'documents'}.`,
      );
      if (started.refused > 0) {
        out.note(`${started.refused} cannot be reindexed: see llmp documents list.`);
      }
      return started.refused === 0 ? 0 : 1;
    },
  },
  {
    name: 'documents migrate',
    summary: 'Copy what another index holds into the configured one.',
    details: 'Opens both indexes, so run it beside the rag worker.',
    options: [
      {
        flags: '--from-data-dir <folder>',
        description: 'data directory to copy from',
        names: 'folder',
      },
      { flags: '--from-database <url>', description: 'Postgres database to copy from' },
      { flags: '--collection <name>', description: 'only this collection', names: 'collection' },
    ],
    examples: [
      'llmp documents migrate --from-data-dir .llmp',
      'llmp documents migrate --from-database postgres://llmp@db/llmp',
    ],
    run: async (invocation) =>
      await (await import('../migrate-documents.ts')).migrateDocuments(invocation),
  },
];
