import { describe, expect, it } from 'vitest';
import { MODEL_KEYS } from '../../../../../../shared/privacy/detect/detectors/model-keys.ts';
import { createKey } from '../../../../../../shared/keys.ts';
import { fakeKey } from '../../../../../kit/fake-key.ts';
import { secretsIn } from '../../../../../kit/find-secret.ts';

describe('MODEL_KEYS', () => {
  it.each([
    ['ANTHROPIC_KEY', 'sk-ant-api03-{n93}AA'],
    ['ANTHROPIC_KEY', 'sk-ant-oat01-{n80}'],
    ['ANTHROPIC_KEY', 'sk-ant-admin01-{n93}AA'],
    ['OPENAI_KEY', 'sk-proj-{n74}T3BlbkFJ{n74}'],
    ['OPENAI_KEY', 'sk-svcacct-{n60}'],
    ['OPENAI_KEY', 'sk-{w20}T3BlbkFJ{w20}'],
    ['OPENAI_KEY', 'sk-or-v1-{h64}'],
    ['OPENAI_KEY', 'sk-{h32}'],
    ['LANGFUSE_KEY', 'sk-lf-{uuid}'],
    ['HUGGING_FACE_TOKEN', 'hf_{w34}'],
    ['HUGGING_FACE_TOKEN', 'api_org_{w34}'],
    ['GROQ_KEY', 'gsk_{w52}'],
    ['XAI_KEY', 'xai-{w80}'],
    ['PERPLEXITY_KEY', 'pplx-{w48}'],
    ['REPLICATE_TOKEN', 'r8_{w37}'],
    ['FIREWORKS_KEY', 'fw_{w24}'],
    ['TOGETHER_KEY', 'tgp_v1_{n43}'],
    ['PINECONE_KEY', 'pcsk_{w70}'],
    ['TAVILY_KEY', 'tvly-dev-{w32}'],
    ['LLAMA_CLOUD_KEY', 'llx-{n48}'],
    ['NVIDIA_KEY', 'nvapi-{n64}'],
    ['CEREBRAS_KEY', 'csk-{l48}'],
    ['VOYAGE_KEY', 'pa-7{n42}'],
    ['JINA_KEY', 'jina_{h32}{w28}'],
    ['E2B_KEY', 'e2b_{h40}'],
    ['FIRECRAWL_KEY', 'fc-{h32}'],
    ['ANYSCALE_KEY', 'esecret_{w30}'],
    ['ELEVENLABS_KEY', 'sk_{h48}'],
    ['LANGSMITH_KEY', 'lsv2_pt_{h32}_{h10}'],
  ])('finds a %s like %s', (entity, pattern) => {
    const key = fakeKey(pattern);
    for (const text of [key, `x-api-key: ${key}`, `{"key":"${key}"}`, `my key is ${key}.`]) {
      expect(secretsIn(MODEL_KEYS, text), text).toEqual([`${entity} ${key}`]);
    }
  });

  it('finds the keys of this gateway', () => {
    const key = createKey();
    expect(secretsIn(MODEL_KEYS, `Bearer ${key}`)).toEqual([`LLMP_KEY ${key}`]);
  });

  it('finds a mistyped key of this gateway as well', () => {
    const key = fakeKey('llmp_{w8}_{w38}');
    expect(secretsIn(MODEL_KEYS, key)).toEqual([`LLMP_KEY ${key}`]);
  });

  it.each([
    'sk-folding-cube sk-circle-fade-dot sk-chasing-dots-before',
    'the disk-performance-of-every-machine2345678',
    'sk-ant-your-api-key-goes-here-xxxxx',
    'sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx',
    'hf_hub_download_with_progress_bar_and_cache',
    'llmp_11111111_11111111111111111111111111111111111111',
  ])('finds nothing in %s', (text) => {
    expect(secretsIn(MODEL_KEYS, text)).toEqual([]);
  });
});
