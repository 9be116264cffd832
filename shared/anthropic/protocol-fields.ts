// The fields of Anthropic's objects, and how each is read. Any other field is unknown, and its content is
// text. Blocks and tools are in `block-fields.ts`.

/** How the value of a field is read. Arrays are read item by item. */
export type Reading =
  /** Text in a known place. */
  | 'text'
  /** A value that llmp does not know; objects inside it may be blocks of known types. */
  | 'unknown'
  /** Arbitrary JSON, such as a tool's input. */
  | 'free'
  /** Ids, enumerations, numbers and flags; what does not look like one is text. */
  | 'protocol'
  /** Any JSON that must be returned as it came: read but never changed. */
  | 'verbatim'
  /** Names that clients match exactly, signatures and encrypted content: never read. */
  | 'sealed'
  /** URLs and patterns that the upstream uses: read but never changed. */
  | 'used'
  /** Secrets that the upstream needs; only counted. */
  | 'credential'
  /** Base64 of an image or a document. */
  | 'media'
  /** Parts of a JSON schema; see `schema-fields.ts`. */
  | SchemaReading
  /** An object whose fields are in `OBJECTS`. */
  | ObjectName
  /** An object whose fields depend on its type. */
  | 'block'
  | 'source'
  | 'tool';

export type SchemaReading = 'schema' | 'schemas' | 'dependencies' | 'name' | 'reference';

/** Reading by field name. Fields that are not listed are unknown. */
export type Fields = ReadonlyMap<string, Reading>;

/** The fields of objects that may have any form. */
export const NO_FIELDS: Fields = new Map();

/** Fields by reading, separated by spaces. */
export type Listed = Partial<Record<Reading, string>>;

const COMMON: Listed = { protocol: 'type', cacheControl: 'cache_control' };

export function fields(...lists: readonly Listed[]): Fields {
  return new Map(
    [COMMON, ...lists].flatMap((list) =>
      Object.entries(list).flatMap(([reading, names]) =>
        names.split(' ').map((name) => [name, reading as Reading] as const),
      ),
    ),
  );
}

export type ObjectName =
  | 'request'
  | 'message'
  | 'cacheControl'
  | 'thinking'
  | 'toolChoice'
  | 'outputConfig'
  | 'outputFormat'
  | 'container'
  | 'contextManagement'
  | 'contextEdit'
  | 'amount'
  | 'mcpServer'
  | 'toolConfiguration'
  | 'fallback'
  | 'creditToken'
  | 'thread'
  | 'caller'
  | 'tab'
  | 'stateChange'
  | 'location'
  | 'configs'
  | 'stopDetails'
  | 'messageDelta'
  | 'failure';

export const OBJECTS: Readonly<Record<ObjectName, Fields>> = {
  request: fields({
    sealed: 'model',
    protocol:
      'max_tokens stream temperature top_p top_k service_tier speed inference_geo user_profile_id ' +
      'workspace_id betas',
    text: 'stop_sequences',
    block: 'system',
    message: 'messages',
    tool: 'tools',
    free: 'metadata',
    thinking: 'thinking',
    toolChoice: 'tool_choice',
    outputConfig: 'output_config',
    outputFormat: 'output_format',
    container: 'container',
    contextManagement: 'context_management',
    contextEdit: 'compaction',
    mcpServer: 'mcp_servers',
    fallback: 'fallbacks',
    creditToken: 'fallback_credit_token',
    thread: 'thread diagnostics billing_policy',
  }),
  message: fields({
    protocol: 'role clear_at',
    block: 'content',
    outputConfig: 'output_config',
  }),
  cacheControl: fields({ protocol: 'ttl scope' }),
  thinking: fields({
    protocol: 'budget_tokens display prefix_mismatch_behavior',
    thinking: 'block_binding',
  }),
  toolChoice: fields({ sealed: 'name', protocol: 'disable_parallel_tool_use' }),
  outputConfig: fields({ protocol: 'effort', outputFormat: 'format', amount: 'task_budget' }),
  outputFormat: fields({ sealed: 'name', protocol: 'strict', schema: 'schema' }),
  container: fields({ protocol: 'id skill_id version expires_at', container: 'skills' }),
  contextManagement: fields({ contextEdit: 'edits' }),
  contextEdit: fields({
    text: 'instructions',
    protocol: 'pause_after_compaction',
    sealed: 'exclude_tools clear_tool_inputs',
    amount: 'keep trigger clear_at_least',
  }),
  amount: fields({ protocol: 'value total remaining' }),
  mcpServer: fields({
    sealed: 'name',
    used: 'url',
    credential: 'authorization_token',
    toolConfiguration: 'tool_configuration',
  }),
  toolConfiguration: fields({ sealed: 'allowed_tools', protocol: 'enabled' }),
  fallback: fields({
    sealed: 'model',
    protocol: 'max_tokens speed',
    outputConfig: 'output_config',
    thinking: 'thinking',
  }),
  creditToken: fields({ credential: 'token', protocol: 'mode' }),
  thread: fields({ protocol: 'previous_message_id' }),
  caller: fields({ protocol: 'tool_id' }),
  tab: fields({ protocol: 'tab_id active', text: 'title url' }),
  stateChange: fields({ protocol: 'tab_id download_id', text: 'url path error title' }),
  location: fields({ text: 'city country region timezone' }),
  configs: fields({ protocol: 'enabled defer_loading' }),
  stopDetails: fields({ protocol: 'category', text: 'explanation' }),
  messageDelta: fields({
    protocol: 'stop_reason',
    text: 'stop_sequence',
    stopDetails: 'stop_details',
    container: 'container',
  }),
  failure: fields({ text: 'message' }),
};

export function isObjectName(reading: string): reading is ObjectName {
  return Object.hasOwn(OBJECTS, reading);
}

/** A string or number in place of one of these objects. */
export const SCALARS: Partial<Record<string, Reading>> = {
  container: 'protocol',
  creditToken: 'credential',
  fallback: 'protocol',
};
