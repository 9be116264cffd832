// A coding conversation like Claude Code's: system prompt and tools with cache markers, an environment
// message, and per turn a signed thought, a sentence, a tool call and its result.

import { newSerial, personalLine, PERSONAL_EVERY } from './bodies.ts';
import { pick, seeded, type Chance } from '../kit/seeded.ts';
import { textsByKind } from './texts.ts';

const TOOLS =
  'Agent Bash BashOutput Edit Glob Grep KillShell NotebookEdit Read Skill WebFetch Write';
const CACHED = { cache_control: { type: 'ephemeral' } };

/** Reads consecutive slices of a text and restarts at its end. */
type Reader = (length: number) => string;

interface Texts {
  readonly prose: Reader;
  readonly code: Reader;
  readonly chance: Chance;
}

/** Replaced in each request, in the last turn. */
const MARK = '%%number%%';

/** Requests of which only the last turn is new. */
export function conversationTurns(turns: number): () => Buffer {
  const kinds = textsByKind();
  const texts = {
    prose: readerOf(kinds.get('prose') ?? ''),
    code: readerOf(`${kinds.get('ts')?.slice(0, 500_000)}${kinds.get('js')?.slice(0, 500_000)}`),
    chance: seeded(turns),
  };
  const messages = [...openingMessages(texts)];
  for (let turn = 0; turn < turns; turn += 1) messages.push(...turnMessages(turn, texts));
  const last = messages.at(-1) as { content: object[] };
  Object.assign(last.content.at(-1) ?? {}, CACHED);
  const json = JSON.stringify({
    model: 'claude-sonnet-5-5',
    messages,
    system: systemBlocks(texts),
    tools: toolList(texts),
    metadata: { user_id: JSON.stringify({ device_id: 'ab12'.repeat(16), account_uuid: '' }) },
    max_tokens: 128_000,
    thinking: { type: 'adaptive', display: 'omitted' },
    context_management: { edits: [{ type: 'clear_thinking_20251015', keep: 'all' }] },
    output_config: { effort: 'medium' },
    stream: false,
  });
  const lastTurnAt = json.indexOf(JSON.stringify(messages.at(-2)));
  const history = json.slice(0, lastTurnAt);
  return () => Buffer.from(history + json.slice(lastTurnAt).replaceAll(MARK, newSerial()));
}

function readerOf(text: string): Reader {
  let at = 0;
  return (length) => {
    if (at + length > text.length) at = 0;
    at += length;
    return text.slice(at - length, at);
  };
}

function systemBlocks({ prose }: Texts): object[] {
  return [
    {
      type: 'text',
      text: 'x-anthropic-billing-header: cc_version=2.1.330.a1b; cc_entrypoint=cli;',
    },
    { type: 'text', text: 'You are an agent that writes code in a terminal.', ...CACHED },
    { type: 'text', text: prose(7_000), ...CACHED },
  ];
}

function toolList({ prose }: Texts): object[] {
  return TOOLS.split(' ').map((name) => ({
    name,
    description: prose(2_000),
    input_schema: {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties: {
        file_path: { type: 'string', description: prose(120) },
        limit: { type: 'number', description: prose(80) },
      },
      required: ['file_path'],
      additionalProperties: false,
    },
  }));
}

function openingMessages({ prose, chance }: Texts): object[] {
  const reminder = `<system-reminder>\n${prose(3_000)}\n${personalLine(chance)}\n</system-reminder>`;
  return [
    {
      role: 'user',
      content: [
        { type: 'text', text: reminder },
        { type: 'text', text: `Please find out why the retry is never made. ${MARK}` },
      ],
    },
    { role: 'system', content: `Working directory: /home/ann/service\n${prose(1_500)}` },
  ];
}

function turnMessages(turn: number, texts: Texts): object[] {
  const { prose, chance } = texts;
  const id = `toolu_01${String(turn).padStart(22, 'A')}`;
  const [call, result] = pick(chance, [readCall, readCall, editCall, bashCall])(texts);
  const personal = turn % PERSONAL_EVERY === 0 ? `${personalLine(chance)}\n` : '';
  const signature = Buffer.from(Array.from({ length: 320 }, () => chance(256))).toString('base64');
  return [
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: prose(200 + chance(600)), signature },
        { type: 'text', text: `${MARK} ${prose(100 + chance(400))}` },
        { type: 'tool_use', id, ...call },
      ],
    },
    {
      role: 'user',
      content: [{ type: 'tool_result', tool_use_id: id, content: `${MARK}\n${personal}${result}` }],
    },
  ];
}

type Call = [call: object, result: string];

function readCall({ code, chance }: Texts): Call {
  const lines = code(1_500 + chance(8_000)).split('\n');
  const numbered = lines.map((line, at) => `${String(at + 1).padStart(6)}\t${line}`).join('\n');
  return [
    {
      name: 'Read',
      input: { file_path: `/home/ann/service/src/part-${chance(90)}.ts`, limit: 400 },
    },
    numbered,
  ];
}

function editCall({ code, chance }: Texts): Call {
  const before = code(300 + chance(900));
  const input = {
    file_path: `/home/ann/service/src/part-${chance(90)}.ts`,
    old_string: before,
    new_string: `${before}// ${MARK}\n${code(200)}`,
  };
  return [{ name: 'Edit', input }, `The file has been updated.\n${code(600)}`];
}

function bashCall({ code, prose, chance }: Texts): Call {
  const input = { command: 'npx vitest run && git log -3', description: prose(60) };
  return [{ name: 'Bash', input }, code(500 + chance(3_000))];
}
