import { renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { PolicyChange } from '../../main/policy-source/policy-source.ts'
import { generatePolicyKeys, signPolicy } from '../../main/policy-source/signature.ts'
import { policyText } from '../support/providers/policy-server.ts'
import { usePolicySources } from '../support/providers/policy-sources.ts'

const sources = usePolicySources()

describe('a policy in a file', () => {
  it('is read again when the file changes or is replaced', async () => {
    const file = path.join(sources.folder, 'policy.json')
    writeFileSync(file, policyText(1))
    const source = await sources.open({ url: file })
    await source.start()
    for (const version of [2, 3]) {
      const changed = new Promise<PolicyChange>((resolve) => source.onChange(resolve))
      writeFileSync(`${file}.new`, policyText(version))
      renameSync(`${file}.new`, file)
      expect(await changed).toMatchObject({ rules: true, event: { version } })
    }
  })

  it('follows its editor: any change of its content takes effect, whatever its version says', async () => {
    const file = path.join(sources.folder, 'policy.json')
    const texts = [
      policyText(5),
      policyText(5, { rules: [] }),
      policyText(2),
      policyText(2, { raise: { upToUsd: '1.00', perDay: 1 } }),
    ]
    writeFileSync(file, texts[0]!)
    const source = await sources.open({ url: file })
    await source.start()
    for (const text of texts.slice(1)) {
      writeFileSync(file, text)
      expect(await source.refresh()).toBe('changed')
      expect(source.current().status.lastError).toBeNull()
    }
    expect(await source.refresh()).toBe('unchanged')
  })

  it('keeps the order of its versions where it was signed', async () => {
    const { publicKey, privateKey } = await generatePolicyKeys('k1')
    const file = path.join(sources.folder, 'policy.json')
    writeFileSync(file, await signPolicy(policyText(5), privateKey))
    const source = await sources.open({ url: file, keys: [publicKey] })
    await source.start()
    writeFileSync(file, await signPolicy(policyText(4), privateKey))
    expect(await source.refresh()).toBe('rejected')
    expect(source.current()).toMatchObject({
      policy: { version: 5 },
      status: { lastError: { code: 'policy-version' } },
    })
  })

  it('that is missing is unreachable, and says where it should be', async () => {
    const file = path.join(sources.folder, 'none.json')
    const source = await sources.open({ url: file })
    await source.start()
    expect(source.current().status.lastError).toMatchObject({
      code: 'policy-unavailable',
      message: expect.stringContaining(file),
    })
  })
})
