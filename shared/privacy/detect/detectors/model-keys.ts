// Keys of model providers and related services, including this gateway's own. To add a provider,
// add an entry; patterns follow the vendors' documentation.

import { isKeyFormat } from '../../../keys.ts';
import { prefixedKeys } from '../prefixed-key.ts';

export const MODEL_KEYS = prefixedKeys([
  {
    entity: 'LLMP_KEY',
    prefixes: ['llmp_'],
    pattern: /llmp_[A-Za-z0-9]{8}_[A-Za-z0-9]{38}/,
    verify: isKeyFormat,
  },
  { entity: 'ANTHROPIC_KEY', prefixes: ['sk-ant-'], pattern: /sk-ant-[A-Za-z0-9_-]{24,200}/ },
  {
    entity: 'OPENAI_KEY',
    prefixes: ['sk-proj-', 'sk-svcacct-', 'sk-admin-', 'sk-None-'],
    pattern: /sk-(?:proj|svcacct|admin|None)-[A-Za-z0-9_-]{20,250}/,
  },
  {
    // Format of vendors that follow OpenAI: legacy keys, `sk-or-v1-`, `sk-lf-`. A run of 20 with a
    // digit distinguishes it from a CSS class.
    entity: 'OPENAI_KEY',
    prefixes: ['sk-'],
    pattern: /sk-(?:[a-z0-9]{1,8}-){0,2}(?=[A-Za-z0-9]{0,60}\d)[A-Za-z0-9]{20,120}/,
  },
  {
    entity: 'LANGFUSE_KEY',
    prefixes: ['sk-lf-'],
    pattern: /sk-lf-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/,
  },
  {
    // C identifiers begin like this too.
    entity: 'HUGGING_FACE_TOKEN',
    prefixes: ['hf_'],
    pattern: /hf_(?=[A-Za-z]{0,40}\d|[A-Z]{0,40}[a-z]{1,40}[A-Z])[A-Za-z0-9]{34,40}/,
    verify: () => false,
  },
  { entity: 'HUGGING_FACE_TOKEN', prefixes: ['api_org_'], pattern: /api_org_[A-Za-z0-9]{34,40}/ },
  { entity: 'GROQ_KEY', prefixes: ['gsk_'], pattern: /gsk_[A-Za-z0-9]{48,60}/ },
  { entity: 'XAI_KEY', prefixes: ['xai-'], pattern: /xai-[A-Za-z0-9]{70,90}/ },
  { entity: 'PERPLEXITY_KEY', prefixes: ['pplx-'], pattern: /pplx-[A-Za-z0-9]{32,60}/ },
  { entity: 'REPLICATE_TOKEN', prefixes: ['r8_'], pattern: /r8_[A-Za-z0-9]{37,40}/ },
  { entity: 'FIREWORKS_KEY', prefixes: ['fw_'], pattern: /fw_[A-Za-z0-9]{22,24}/ },
  { entity: 'TOGETHER_KEY', prefixes: ['tgp_v1_'], pattern: /tgp_v1_[A-Za-z0-9_-]{40,50}/ },
  { entity: 'PINECONE_KEY', prefixes: ['pcsk_'], pattern: /pcsk_[A-Za-z0-9_]{50,90}/ },
  { entity: 'LLAMA_CLOUD_KEY', prefixes: ['llx-'], pattern: /llx-[A-Za-z0-9_-]{48}/ },
  { entity: 'NVIDIA_KEY', prefixes: ['nvapi-'], pattern: /nvapi-[A-Za-z0-9_-]{60,70}/ },
  { entity: 'CEREBRAS_KEY', prefixes: ['csk-'], pattern: /csk-[a-z0-9]{48}/ },
  { entity: 'VOYAGE_KEY', prefixes: ['pa-'], pattern: /pa-(?=[\w-]{0,43}\d)[A-Za-z0-9_-]{43}/ },
  { entity: 'JINA_KEY', prefixes: ['jina_'], pattern: /jina_[0-9a-f]{32}[A-Za-z0-9_-]{16,40}/ },
  { entity: 'E2B_KEY', prefixes: ['e2b_'], pattern: /e2b_[0-9a-f]{40}/ },
  { entity: 'FIRECRAWL_KEY', prefixes: ['fc-'], pattern: /fc-[0-9a-f]{32}/ },
  { entity: 'ANYSCALE_KEY', prefixes: ['esecret_'], pattern: /esecret_[A-Za-z0-9]{26,60}/ },
  { entity: 'TAVILY_KEY', prefixes: ['tvly-'], pattern: /tvly-[A-Za-z0-9-]{28,60}/ },
  { entity: 'ELEVENLABS_KEY', prefixes: ['sk_'], pattern: /sk_[0-9a-f]{48}/ },
  {
    entity: 'LANGSMITH_KEY',
    prefixes: ['lsv2_pt_', 'lsv2_sk_'],
    pattern: /lsv2_[ps][tk]_[0-9a-f]{32}_[0-9a-f]{10}/,
  },
]);
