// All matchers. To add one, add a file in `matchers/`, its schema to the list and a case below; the
// policy schema, the JSON Schema and the documentation follow.

import * as z from 'zod';
import type { Matcher, MatcherContext } from './matcher.ts';
import { codeSchema, compileCode } from './matchers/code.ts';
import { compileEntity, entitySchema } from './matchers/entity.ts';
import { compileJudge, judgeSchema } from './matchers/judge.ts';
import { compileKeyword, keywordSchema } from './matchers/keyword.ts';
import { compileLimit, limitSchema } from './matchers/limit.ts';
import { compileModel, modelSchema } from './matchers/model.ts';
import { compileNear, nearSchema } from './matchers/near.ts';
import { compilePack, packSchema } from './matchers/pack.ts';
import { compileRegex, regexSchema } from './matchers/regex.ts';
import { compileTool, toolSchema } from './matchers/tool.ts';
import { compileUrl, urlSchema } from './matchers/url.ts';
import { compileWebhook, webhookSchema } from './matchers/webhook.ts';

export const matcherSchema = z.discriminatedUnion('type', [
  keywordSchema,
  nearSchema,
  regexSchema,
  entitySchema,
  packSchema,
  urlSchema,
  codeSchema,
  limitSchema,
  modelSchema,
  toolSchema,
  webhookSchema,
  judgeSchema,
]);

export type MatcherInput = z.output<typeof matcherSchema>;

/** @throws MatcherError if the input is valid but unusable */
export function compileMatcher(input: MatcherInput, context: MatcherContext): Matcher {
  switch (input.type) {
    case 'keyword':
      return compileKeyword(input, context);
    case 'near':
      return compileNear(input, context);
    case 'regex':
      return compileRegex(input);
    case 'entity':
      return compileEntity(input);
    case 'pack':
      return compilePack(input, context);
    case 'url':
      return compileUrl(input);
    case 'code':
      return compileCode(input);
    case 'limit':
      return compileLimit(input);
    case 'model':
      return compileModel(input);
    case 'tool':
      return compileTool(input);
    case 'webhook':
      return compileWebhook(input, context);
    case 'judge':
      return compileJudge(input, context);
  }
}
