import { publishBundle } from '../../../proxy/intercept/authority/trust-bundle.ts'
import { type Environment, withoutUs } from './saved-environment.ts'
import { ADDING_CA_NAMES, REPLACING_CA_NAMES, REPLACING_CA_NAMES_IF_SET } from './variables.ts'

/** Writes the bundles that an environment needs: what it trusted before us, and our roots. Needs an open authority in the home. */
export function trustFiles(home: string, env: Environment): { addedCaPath: string; fullCaPath: string } {
  const original = withoutUs(env)
  const named = (names: readonly string[]) => [...new Set(names.flatMap((name) => original[name] || []))]
  const added = named(ADDING_CA_NAMES)
  const replaced = named([...REPLACING_CA_NAMES, ...REPLACING_CA_NAMES_IF_SET])
  return {
    addedCaPath: publishBundle(home, { kind: 'added', sources: added }),
    fullCaPath: publishBundle(home, { kind: 'full', sources: [...new Set([...replaced, ...added])] }),
  }
}
