import { parseEnvironment } from '../../../../shared/calls/attribution.ts'
import type { AttributionAnswer, Attributor } from './attributor.ts'
import { define } from '../values/parse-tags.ts'

/** What the launch said: `allowance run --project …`, the base URL's `/@…/`, the proxy user name. */
export const byTag: Attributor = {
  name: 'tag',
  answer: ({ tags }) => answerTags(tags),
}

/**
 * Names of ours become dimensions, all others stay tags (`team=growth`, or `tag:team=growth` as a scope writes it).
 * The developer is never among them: who is charged is enrolment's to say, not the caller's.
 */
export function answerTags(tags: Readonly<Record<string, string>>): AttributionAnswer {
  const answer: AttributionAnswer = {}
  const others: Record<string, string> = {}
  for (const [key, value] of Object.entries(tags)) {
    switch (key.toLowerCase()) {
      case 'project':
        answer.project = value
        break
      case 'session':
        answer.session = value
        break
      case 'branch':
        answer.branch = value
        break
      case 'agent':
        answer.agent = value
        break
      case 'parent-agent':
        answer.parentAgent = value
        break
      case 'env':
      case 'environment':
        answer.environment = parseEnvironment(value)
        break
      case 'developer':
      // The proxy token: it opens the door and says nothing of who came in.
      case 'token':
        break
      default:
        define(others, key.replace(/^tag:(?=.)/, ''), value)
    }
  }
  if (Object.keys(others).length > 0) answer.tags = others
  return answer
}
