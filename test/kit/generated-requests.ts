// Random valid requests with a secret in every text field, each with the list of values that must not
// reach the upstream.

import fc from 'fast-check';

/** Values that detectors find in any context, assembled so that repository scanners ignore them. */
export const canary = fc.oneof(
  fc
    .tuple(fc.stringMatching(/^[a-z]{5,10}$/), fc.stringMatching(/^[a-z]{6,12}$/))
    .map(([user, host]) => `${user}@${host}-mail.org`),
  fc
    .stringMatching(/^[A-Z][a-z][0-9][A-Za-z0-9]{17}$/)
    .map((secret) => ['glp', 'at-', secret].join('')),
  fc.stringMatching(/^[1-9]\d{14}$/).map((digits) => withLuhn(`4${digits.slice(1)}`)),
);

export interface GeneratedRequest {
  readonly body: Record<string, unknown>;
  readonly canaries: readonly string[];
}

/** A request in which every text is `around(canary)`. */
export const generatedRequest: fc.Arbitrary<GeneratedRequest> = fc
  .tuple(
    fc.array(canary, { minLength: 40, maxLength: 40 }),
    fc.constantFrom('', 'write to ', 'Grüße an "', 'a\nb\t'),
    fc.constantFrom('', '.', ' please', '" 😀', '\n\n'),
  )
  .map(([canaries, before, after]) => {
    let used = 0;
    const text = () => `${before}${canaries[used++ % canaries.length]}${after}`;
    const block = () => ({ type: 'text', text: text() });
    const body = {
      model: 'claude-test',
      max_tokens: 64,
      system: [block(), { ...block(), cache_control: { type: 'ephemeral' } }],
      stop_sequences: [text()],
      metadata: { user_id: text() },
      tools: [
        {
          name: 'send_mail',
          description: text(),
          input_schema: {
            type: 'object',
            properties: { to: { type: 'string', description: text() } },
          },
          input_examples: [{ to: text() }],
        },
      ],
      output_config: { format: { type: 'json_schema', schema: { title: text() } } },
      context_management: { edits: [{ type: 'compact_20260112', instructions: text() }] },
      mcp_servers: [{ type: 'url', name: 'crm', url: 'https://x.example/sse' }],
      messages: [
        { role: 'user', content: text() },
        { role: 'system', content: [block()] },
        {
          role: 'assistant',
          content: [
            block(),
            {
              type: 'tool_use',
              id: 'toolu_1',
              name: 'send_mail',
              input: { to: [text()], [text()]: { deep: text() } },
            },
            {
              type: 'server_tool_use',
              id: 'srvtoolu_1',
              name: 'web_search',
              input: { query: text() },
            },
            {
              type: 'mcp_tool_use',
              id: 'mcptoolu_1',
              name: 'find',
              server_name: 'crm',
              input: { q: text() },
            },
            { type: 'mcp_tool_result', tool_use_id: 'mcptoolu_1', content: [block()] },
            {
              type: 'text',
              text: text(),
              citations: [{ type: 'page_location', cited_text: text(), document_title: text() }],
            },
          ],
        },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 'toolu_1', content: text() },
            { type: 'tool_result', tool_use_id: 'toolu_2', content: [block()] },
            {
              type: 'document',
              title: text(),
              context: text(),
              source: { type: 'text', media_type: 'text/plain', data: text() },
            },
            { type: 'document', source: { type: 'content', content: [block()] } },
            { type: 'document', source: { type: 'url', url: 'https://x.example/a.pdf' } },
            { type: 'search_result', source: text(), title: text(), content: [block()] },
            {
              type: 'code_execution_tool_result',
              content: { stdout: text(), stderr: text(), return_code: 0 },
            },
            { type: 'hologram', data: text(), owner_id: text(), layers: [{ [text()]: text() }] },
          ],
        },
      ],
      new_field: { note: text() },
    };
    return { body, canaries: canaries.slice(0, Math.min(used, canaries.length)) };
  });

function withLuhn(digits: string): string {
  const sum = Array.from(digits).reduce((total, digit, at) => {
    const doubled = (digits.length - at) % 2 === 1 ? Number(digit) * 2 : Number(digit);
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return digits + String((10 - (sum % 10)) % 10);
}
