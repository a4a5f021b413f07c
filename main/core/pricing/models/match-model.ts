import type { MatchLogic } from '../dataset/dataset.ts'

const compiled = new WeakMap<object, RegExp>()

/** Whether the dataset's rule fits this model id. Letter case never matters, except inside a regular expression. */
export function matchesModel(logic: MatchLogic, modelId: string): boolean {
  const id = modelId.toLowerCase()
  if ('or' in logic) return logic.or.some((part) => matchesModel(part, modelId))
  if ('and' in logic) return logic.and.every((part) => matchesModel(part, modelId))
  if ('equals' in logic) return id === logic.equals.toLowerCase()
  if ('starts_with' in logic) return id.startsWith(logic.starts_with.toLowerCase())
  if ('ends_with' in logic) return id.endsWith(logic.ends_with.toLowerCase())
  if ('contains' in logic) return id.includes(logic.contains.toLowerCase())
  let expression = compiled.get(logic)
  if (!expression) {
    expression = new RegExp(logic.regex)
    compiled.set(logic, expression)
  }
  return expression.test(modelId)
}
