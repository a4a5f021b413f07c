import { z } from 'zod'
import { describeFound } from '../../decision/sentences.ts'
import { accessOptions, describeLists, whyOut, needsAList } from './access-rule.ts'
import type { Guard } from '../rule/guard.ts'
import { ruleBase } from '../rule/rule-schema.ts'

const schema = z.strictObject({ ...ruleBase('model-access'), ...accessOptions }).refine(...needsAList)
export type ModelAccessRule = z.infer<typeof schema>

/** Which models may be used. */
export const modelAccess: Guard<ModelAccessRule> = {
  name: 'model-access',
  schema,
  describe: (rule) => describeFound(rule, describeLists(rule, 'with models other than', 'with the model')),
  check: ({ call }, rule) => {
    const why = whyOut(namesOf(call.requestModel ?? ''), rule)
    if (why === null) return null
    return {
      verdict: rule.action ?? 'deny',
      code: 'model-not-allowed',
      reason:
        call.requestModel === null
          ? 'the call names no model, and only some are allowed'
          : `the model ${call.requestModel} is not allowed (${why})`,
      advice: 'Use another model.',
    }
  },
}

/** A model as it is called, without the gateway's or vendor's prefix, and without the date of its build. */
function namesOf(model: string): string[] {
  const plain = model
    .slice(model.lastIndexOf('/') + 1)
    .replace(
      /^(?:(?:us|eu|apac|global|jp|au|ca)\.)?(?:anthropic|amazon|meta|mistral|cohere|ai21|deepseek|openai|qwen)\./,
      '',
    )
  const undated = plain.replace(/(?:-\d{8}|-\d{4}-\d{2}-\d{2}|@\d{8})(?:-v\d+(?::\d+)?)?$/, '').replace(/:[a-z]+$/, '')
  return [...new Set([model, plain, undated])]
}
