// Keys to language models and what surrounds them, this gateway's own keys included. A new provider
// is a row; forms are those the vendors publish or show in their documentation.

import { isKeyFormat } from '../../../keys.ts';
import { prefixedKeys } from '../prefixed-key.ts';

export const MODEL_KEYS = prefixedKeys([
  {
    entity: 'LLMP_KEY',
    prefixes: ['llmp_'],
    form: /llmp_[A-Za-z0-9]{8}_[A-Za-z0-9]{38}/,
    verify: isKeyFormat,
  },
  { entity: 'ANTHROPIC_KEY', prefixes: ['sk-ant-'], form: /sk-ant-[A-Za-z0-9_-]{24,200}/ },
  {
    entity: 'OPENAI_KEY',
    prefixes: ['sk-proj-', 'sk-svcacct-', 'sk-admin-', 'sk-None-'],
    form: /sk-(?:proj|svcacct|admin|None)-[A-Za-z0-9_-]{20,250}/,
  },
  {
    // The form shared by the vendors that follow OpenAI: legacy keys, `sk-or-v1-`, `sk-lf-`. One
    // stretch of 16 with a digit tells it from a CSS class.
    entity: 'OPENAI_KEY',
    prefixes: ['sk-'],
    form: /sk-(?:[a-z0-9]{1,8}-){0,2}(?=[A-Za-z0-9]{0,60}\d)[A-Za-z0-9]{20,120}/,
  },
  {
    entity: 'LANGFUSE_KEY',
    prefixes: ['sk-lf-'],
    form: /sk-lf-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/,
  },
  { entity: 'HUGGING_FACE_TOKEN', prefixes: ['hf_'], form: /hf_[A-Za-z0-9]{34,40}/ },
  { entity: 'HUGGING_FACE_TOKEN', prefixes: ['api_org_'], form: /api_org_[A-Za-z0-9]{34,40}/ },
  { entity: 'GROQ_KEY', prefixes: ['gsk_'], form: /gsk_[A-Za-z0-9]{48,60}/ },
  { entity: 'XAI_KEY', prefixes: ['xai-'], form: /xai-[A-Za-z0-9]{70,90}/ },
  { entity: 'PERPLEXITY_KEY', prefixes: ['pplx-'], form: /pplx-[A-Za-z0-9]{32,60}/ },
  { entity: 'REPLICATE_TOKEN', prefixes: ['r8_'], form: /r8_[A-Za-z0-9]{37,40}/ },
  { entity: 'FIREWORKS_KEY', prefixes: ['fw_'], form: /fw_[A-Za-z0-9]{22,24}/ },
  { entity: 'TOGETHER_KEY', prefixes: ['tgp_v1_'], form: /tgp_v1_[A-Za-z0-9_-]{40,50}/ },
  { entity: 'PINECONE_KEY', prefixes: ['pcsk_'], form: /pcsk_[A-Za-z0-9_]{50,90}/ },
  { entity: 'TAVILY_KEY', prefixes: ['tvly-'], form: /tvly-[A-Za-z0-9-]{28,60}/ },
  { entity: 'ELEVENLABS_KEY', prefixes: ['sk_'], form: /sk_[0-9a-f]{48}/ },
  {
    entity: 'LANGSMITH_KEY',
    prefixes: ['lsv2_pt_', 'lsv2_sk_'],
    form: /lsv2_[ps][tk]_[0-9a-f]{32}_[0-9a-f]{10}/,
  },
]);
