import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { declarationsOf } from '../../../../shared/anthropic/declared-tools.ts';
import { scanJson } from '../../../../shared/json/parse.ts';
import { checkProperty } from '../../../kit/properties.ts';

function declared(body: unknown) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return declarationsOf({ text, root: scanJson(text) });
}

const client = (name: string) => ({ name, kind: 'client', isRemote: false });
const server = (name: string) => ({ name, kind: 'server', isRemote: true });
const mcp = (name: string, of?: string) => ({
  name,
  kind: 'mcp',
  ...(of === undefined ? {} : { server: of }),
  isRemote: true,
});

/** Every place where a request can define a tool. */
const PLACES: Record<string, (tool: unknown) => object> = {
  'the list of tools': (tool) => ({ tools: [tool] }),
  'an inline definition': (tool) =>
    message('system', {
      type: 'tool_addition',
      tool: { type: 'tool_definition', definition: tool },
    }),
  'a tool that is added': (tool) => message('system', { type: 'tool_addition', tool }),
  'tools that are added': (tool) => message('system', { type: 'tool_addition', tools: [tool] }),
  'a definition of no known type': (tool) =>
    message('user', { type: 'from_the_future', definition: tool }),
  'the tool changes of a compaction': (tool) =>
    message('assistant', {
      type: 'compaction',
      tool_changes: [
        { type: 'tool_addition', tool: { type: 'tool_definition', definition: tool } },
      ],
    }),
  'a fallback': (tool) => ({ fallbacks: [{ model: 'a', tools: [tool] }] }),
  'a block within a block': (tool) =>
    message('user', {
      type: 'tool_result',
      content: [{ type: 'tool_addition', tool: { definition: tool } }],
    }),
};

function message(role: string, block: object): object {
  return { model: 'a', messages: [{ role, content: [block] }] };
}

/** Tools as the API and other upstreams know them, and where they run. */
const TOOLS: readonly (readonly [tool: unknown, expected: readonly object[]])[] = [
  [{ name: 'Read', input_schema: {} }, [client('Read')]],
  [{ type: 'custom', name: 'Read' }, [client('Read')]],
  [{ type: null, name: 'Read' }, [client('Read')]],
  [{ type: 'bash_20250124', name: 'bash' }, [client('bash')]],
  [
    { type: 'text_editor_20250728', name: 'str_replace_based_edit_tool' },
    [client('str_replace_based_edit_tool')],
  ],
  [{ type: 'memory_20250818', name: 'memory' }, [client('memory')]],
  [{ type: 'computer_20251124', name: 'computer' }, [client('computer')]],
  [{ type: 'computer_toolset_20260801' }, [client('computer_toolset')]],
  [{ type: 'browser_toolset_20260801' }, [client('browser_toolset')]],
  [{ name: 'mcp__jira__search' }, [{ name: 'mcp__jira__search', kind: 'mcp', isRemote: false }]],
  [{ type: 'web_search_20260318', name: 'web_search' }, [server('web_search')]],
  [{ type: 'web_search_20260318' }, [server('web_search')]],
  [{ type: 'web_search', name: 'web_search' }, [server('web_search')]],
  [{ type: 'web_search_20260318', name: 'mcp__mine' }, [server('mcp__mine'), server('web_search')]],
  [{ type: 'web_fetch_20260318', name: 'web_fetch' }, [server('web_fetch')]],
  [{ type: 'code_execution_20260521', name: 'code_execution' }, [server('code_execution')]],
  [
    { type: 'tool_search_tool_bm25_20251119', name: 'tool_search_tool_bm25' },
    [server('tool_search_tool_bm25')],
  ],
  [
    { type: 'tool_search_tool_regex', name: 'tool_search_tool_regex' },
    [server('tool_search_tool_regex')],
  ],
  [{ type: 'advisor_20260301', name: 'advisor', model: 'b' }, [server('advisor')]],
  [{ type: 'shell_20270101', name: 'shell' }, [server('shell')]],
  [{ type: 'shell_20270101', input_schema: {} }, [server('shell')]],
  [
    { type: 'bash_code_execution_20250825', name: 'bash' },
    [server('bash'), server('bash_code_execution')],
  ],
  [{ type: 'Web_Search_20250305', name: 'x' }, [server('x'), server('web_search')]],
  [
    { type: 'web_search_v7', name: 'x' },
    [server('x'), server('web_search_v7'), server('web_search')],
  ],
  [
    { type: 'web_search_99990101_beta' },
    [server('web_search_99990101_beta'), server('web_search')],
  ],
  [{ type: 'shell_20270101', name: 'x' }, [server('x'), server('shell')]],
  [{ type: ['web_search_20250305'], name: 'x' }, [server('x'), server('web_search')]],
  [{ type: 'bash_20250124', name: 'x' }, [client('x'), client('bash')]],
  [
    { type: 'text_editor_20250728', name: 'x' },
    [client('x'), client('str_replace_based_edit_tool'), client('str_replace_editor')],
  ],
  [{ type: 'MCP_Toolset', mcp_server_name: 'jira' }, [mcp('jira')]],
  [{ type: 'mcp_toolset_20270101', mcp_server_name: 'jira' }, [mcp('jira')]],
  ['web_search', [server('web_search')]],
  ['web_search_20250305', [server('web_search_20250305'), server('web_search')]],
  ['Read', [client('Read')]],
  [{ type: '', name: 'x' }, [server('x')]],
  [{ type: ['custom'], name: 'x' }, [server('x')]],
  [{ type: 'mcp_toolset', mcp_server_name: 'jira' }, [mcp('jira')]],
  [{ type: 'mcp_toolset', mcp_server_name: 'mcp__local' }, [mcp('mcp__local')]],
  [{ type: 'mcp_toolset' }, [mcp('')]],
  [
    {
      type: 'mcp_toolset',
      mcp_server_name: 'jira',
      configs: { drop: {}, read: { enabled: true }, off: { enabled: false } },
      tools: [{ name: 'pinned', input_schema: {} }],
    },
    [mcp('jira'), mcp('drop', 'jira'), mcp('read', 'jira'), mcp('pinned', 'jira')],
  ],
];

describe('the tools a request declares', () => {
  const cases = Object.entries(PLACES).flatMap(([place, put]) =>
    TOOLS.map(([tool, expected]) => [JSON.stringify(tool), place, put(tool), expected] as const),
  );
  it.each(cases)('include %s in %s', (_tool, _place, body, expected) => {
    expect(declared(body).tools).toEqual(expected);
  });

  it('are read the same when their keys are escaped', () => {
    for (const put of Object.values(PLACES)) {
      const text = JSON.stringify(put({ type: 'web_search_20260318', name: 'web_search' }));
      const escaped = text
        .replaceAll('"type"', String.raw`"typ\u0065"`)
        .replaceAll('"tools"', String.raw`"tool\u0073"`)
        .replaceAll('"definition"', String.raw`"d\u0065finition"`)
        .replaceAll('web_search_20260318', String.raw`web_s\u0065arch_20260318`);
      expect(declared(escaped).tools).toEqual([server('web_search')]);
    }
  });

  it('include both values of a duplicate field', () => {
    const twice = '{"tools":[{"type":"custom","type":"web_search_20250305","name":"x"}]}';
    expect(declared(twice).tools).toEqual([server('x'), server('web_search')]);
    const swapped = '{"tools":[{"type":"web_search_20250305","type":"custom","name":"x"}]}';
    expect(declared(swapped).tools).toEqual([server('x'), server('web_search')]);
    const lists = '{"tools":[{"name":"a"}],"tools":[{"name":"b"}]}';
    expect(declared(lists).tools).toEqual([client('a'), client('b')]);
  });

  it.each([
    [{ mcp_servers: [{ type: 'url', name: 'wiki', url: 'https://x' }] }, [mcp('wiki')]],
    [{ mcp_servers: [{ type: 'url', url: 'https://x' }] }, [mcp('https://x')]],
    [
      { mcp_servers: [{ name: 'wiki', tool_configuration: { allowed_tools: ['edit'] } }] },
      [mcp('wiki'), mcp('edit', 'wiki')],
    ],
    [{ container: { skills: [{ type: 'anthropic', skill_id: 'pptx' }] } }, [server('pptx')]],
    [{ tool_choice: { type: 'tool', name: 'web_search' } }, [server('web_search')]],
    [{ tool_choice: { type: 'tool', name: 'Read' } }, [client('Read')]],
    [{ tool_choice: { type: 'web_search_20250305' } }, [server('web_search')]],
    [{ tool_choice: { type: 'auto' } }, []],
    [
      {
        tools: [{ type: 'shell_20270101', name: 'shell' }],
        tool_choice: { type: 'tool', name: 'shell' },
      },
      [server('shell')],
    ],
    [
      message('system', {
        type: 'tool_addition',
        tool: { type: 'mcp_tool_reference', server_name: 'jira', name: 'drop' },
      }),
      [mcp('jira'), mcp('drop', 'jira')],
    ],
    [
      message('system', {
        type: 'tool_addition',
        tool: { type: 'mcp_toolset_reference', server_name: 'jira' },
      }),
      [mcp('jira')],
    ],
    [
      message('system', {
        type: 'tool_addition',
        tool: { type: 'tool_reference', name: 'code_execution' },
      }),
      [server('code_execution')],
    ],
    [
      message('user', {
        type: 'tool_result',
        content: [{ type: 'tool_reference', tool_name: 'Late' }],
      }),
      [client('Late')],
    ],
    [
      message('assistant', {
        type: 'mcp_tool_listing',
        mcp_server_name: 'jira',
        tools: [{ name: 'drop', input_schema: {} }],
      }),
      [mcp('jira'), mcp('drop', 'jira')],
    ],
  ])('include what is named: %j', (body, expected) => {
    expect(declared(body).tools).toEqual(expected);
  });

  it.each([
    [{ tools: { name: 'x' } }],
    [message('user', { type: 'text', text: '{"tools":[{"name":"x"}]}' })],
    [message('assistant', { type: 'tool_use', name: 'plan', input: { tools: [{ name: 'x' }] } })],
    [message('system', { type: 'tool_removal', tool: { type: 'tool_reference', name: 'x' } })],
    [message('assistant', { type: 'server_tool_use', name: 'web_search', input: {} })],
    [{ metadata: { tools: [{ name: 'x' }] } }],
  ])('do not include what declares none: %j', (body) => {
    expect(declared(body).tools).toEqual([]);
  });

  const search = { type: 'web_search_20250305', name: 'web_search' };
  const wiki = { type: 'url', url: 'https://x', name: 'wiki' };
  const addition = { type: 'tool_addition', tool: { type: 'tool_definition', definition: search } };
  it.each([
    ['lists in a list', { tools: [[search], [[]]] }, [server('web_search')]],
    ['one in place of a list', { tools: search }, [server('web_search')]],
    ['tools by name', { tools: { a: search } }, [server('web_search')]],
    ['keys in upper case', { TOOLS: [{ Type: search.type }] }, [server('web_search')]],
    ['servers in a list', { mcp_servers: [[wiki]] }, [mcp('wiki')]],
    ['one server', { mcp_servers: wiki }, [mcp('wiki')]],
    ['a name of a server', { mcp_servers: ['wiki'] }, [mcp('wiki')]],
    ['names of skills', { container: { skills: ['pptx'] } }, [server('pptx')]],
    ['one skill', { container: { skills: { skill_id: 'pptx' } } }, [server('pptx')]],
    ['a choice in a list', { tool_choice: [{ name: 'web_search' }] }, [server('web_search')]],
    ['the name of a choice', { tool_choice: 'web_search' }, [server('web_search')]],
    [
      'another case',
      { tool_choice: { name: 'Web_Search' } },
      [server('Web_Search'), server('web_search')],
    ],
    [
      'a list in a definition',
      message('system', { tool: [{ definition: [search] }] }),
      [server('web_search')],
    ],
    [
      'a definition in another',
      message('system', { tool: { definition: { definition: search } } }),
      [server('web_search')],
    ],
    ['a tool as a block', message('system', search), [server('web_search')]],
    [
      'a request that calls itself a removal',
      { type: 'tool_removal', mcp_servers: [wiki] },
      [mcp('wiki')],
    ],
    [
      'a message that calls itself a removal',
      { messages: [{ type: 'tool_removal', role: 'system', content: [addition] }] },
      [server('web_search')],
    ],
    [
      'a removal that holds tools',
      message('system', {
        type: 'tool_removal',
        tool: { type: 'tool_reference', name: 'x' },
        tools: [search],
      }),
      [server('web_search')],
    ],
  ])('include %s, as some upstreams may accept it', (_, body, expected) => {
    expect(declared(body).tools).toEqual(expected);
  });

  it('do not include the tools by which earlier calls were made', () => {
    const caller = { type: 'code_execution_20250825', tool_id: 'x' };
    const call = { type: 'tool_use', id: 'x', name: 'a', input: {}, caller };
    expect(declared(message('assistant', call)).tools).toEqual([]);
  });

  it.each([
    ['tools', { tools: Array.from({ length: 10_001 }, () => ({ name: 'x' })) }],
    ['servers', { mcp_servers: Array.from({ length: 10_001 }, () => wiki) }],
    [
      'skills',
      { container: { skills: Array.from({ length: 10_001 }, () => ({ skill_id: 'x' })) } },
    ],
    ['names', { tools: Array.from({ length: 10_001 }, (_, at) => `x${at}`) }],
    ['fallbacks', { fallbacks: Array.from({ length: 10_001 }, () => ({ model: 'x' })) }],
    [
      'models of a tool',
      { tools: [{ type: 'a', models: Array.from({ length: 10_001 }, () => 'x') }] },
    ],
  ])('are bounded: %s', (_, body) => {
    expect(() => declared(body)).toThrow(
      expect.objectContaining({
        code: 'invalid_request',
        message: expect.stringContaining('10000'),
      }),
    );
  });

  it('are read in one pass, however tools are nested', () => {
    const open = '{"type":"a","tool":'.repeat(900);
    const text = `{"tool":${open}{"type":"b","config":{"model":"x"}}${'}'.repeat(900)}}`;
    expect(declared(text).tools).toHaveLength(901);
    expect(declared(text).models).toEqual(['x']);
  });

  it('can be read from any JSON, and from a long one', () => {
    checkProperty(
      fc.property(fc.json(), (text) => {
        expect(declared(text).models).toBeInstanceOf(Array);
      }),
    );
    const tool = { type: 'mcp_toolset', mcp_server_name: 'a', tools: [{ name: 'b' }] };
    expect(declared({ tools: Array.from({ length: 5_000 }, () => tool) }).tools).toHaveLength(
      10_000,
    );
    expect(declared('[{"tool":'.repeat(5_000) + '1' + '}]'.repeat(5_000)).tools).toHaveLength(
      4_999,
    );
  });
});

describe('the models a request names', () => {
  it.each(Object.entries(PLACES))('include that of an advisor in %s', (_, put) => {
    const advisor = { type: 'advisor_20260301', name: 'advisor', model: 'secret-model' };
    expect(declared(put(advisor)).models).toContain('secret-model');
  });

  it('include those of fallbacks, and nested ones of tools that the upstream runs', () => {
    const body = {
      model: 'a',
      fallbacks: [{ model: 'b' }],
      tools: [
        { type: 'panel_20270101', name: 'panel', config: { members: [{ model: 'c' }] } },
        { name: 'ask', input_schema: { model: 'z' }, config: { model: 'z' } },
      ],
    };
    expect(declared(body)).toMatchObject({ models: ['a', 'b', 'c'], chosenByUpstream: [] });
    expect(declared({ model: 'a', fallbacks: 'default' })).toMatchObject({
      models: ['a'],
      chosenByUpstream: ['default'],
    });
  });

  it.each([
    ['texts', { fallbacks: ['secret-model'] }],
    ['a text', { fallbacks: 'secret-model' }],
    ['one object', { fallbacks: { model: 'secret-model' } }],
    ['lists in a list', { fallbacks: [[{ model: 'secret-model' }]] }],
    ['a list of models', { fallbacks: [{ model: ['secret-model'] }] }],
    ['another field', { fallbacks: [{ models: ['secret-model'] }] }],
    ['another case', { Fallbacks: [{ MODEL: 'secret-model' }] }],
    ['the model in another case', { MODEL: 'secret-model' }],
    ['models', { models: ['secret-model'] }],
    ['the model of a compaction', { compaction: { type: 'summarize', model: 'secret-model' } }],
    ['that of an edit', { context_management: { edits: [{ model: 'secret-model' }] } }],
    ['models of an advisor', { tools: [{ type: 'advisor_20260301', models: ['secret-model'] }] }],
    ['fallbacks of one', { tools: [{ type: 'advisor_20260301', fallbacks: ['secret-model'] }] }],
    [
      'a schema of one',
      { tools: [{ type: 'advisor_20260301', schema: { model: 'secret-model' } }] },
    ],
  ])('include %s', (_, body) => {
    expect(declared({ model: 'a', ...body }).models).toEqual(['a', 'secret-model']);
  });

  it('include no default among fallbacks, which the upstream chooses', () => {
    expect(declared({ model: 'a', fallbacks: ['Default', 'b'] })).toMatchObject({
      models: ['a', 'b'],
      chosenByUpstream: ['Default'],
    });
  });

  it('leave out those of the history', () => {
    const fallback = { type: 'fallback', from: { model: 'x' }, to: { model: 'y' } };
    expect(declared(message('assistant', fallback)).models).toEqual(['a']);
  });
});
