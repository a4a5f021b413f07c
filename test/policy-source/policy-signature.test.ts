import { describe, expect, it } from 'vitest'
import { generatePolicyKeys, signPolicy } from '../../main/policy-source/signature.ts'
import { policyText } from '../support/providers/policy-server.ts'
import { usePolicySources } from '../support/providers/policy-sources.ts'

const sources = usePolicySources()

describe('a signed policy', () => {
  it('counts when a pinned key signed it, also while keys are rotated', async () => {
    const [old, young] = await Promise.all([generatePolicyKeys('2025'), generatePolicyKeys('2026')])
    sources.server.text = await signPolicy(policyText(14), young.privateKey)
    const source = await sources.open({ keys: [old.publicKey, young.publicKey] })
    await source.start()
    expect(source.current().policy?.version).toBe(14)
    sources.server.text = await signPolicy(policyText(14), old.privateKey)
    expect(await source.refresh()).toBe('unchanged')
  })

  it.each([
    ['unsigned', (text: string) => Promise.resolve(text), 'policy-unsigned'],
    [
      'by a key of the same name',
      async (text: string) => signPolicy(text, (await generatePolicyKeys('2026')).privateKey),
      'policy-signature',
    ],
    [
      'by a key of another name',
      async (text: string) => signPolicy(text, (await generatePolicyKeys('2027')).privateKey),
      'policy-signature',
    ],
    [
      'without an algorithm',
      (text: string) =>
        Promise.resolve(`${encode({ alg: 'none', kid: '2026', typ: 'allowance-policy+jws' })}.${encode(text)}.x`),
      'policy-signature',
    ],
  ])('does not count %s', async (_name, sign, code) => {
    const { publicKey } = await generatePolicyKeys('2026')
    sources.server.text = await sign(policyText(14))
    const source = await sources.open({ keys: [publicKey] })
    await source.start()
    expect(source.current()).toMatchObject({ policy: null, status: { lastError: { code } } })
  })

  it('does not count when its payload was changed', async () => {
    const { publicKey, privateKey } = await generatePolicyKeys('2026')
    const [head, , signature] = (await signPolicy(policyText(14), privateKey)).split('.')
    sources.server.text = `${head}.${encode(policyText(99))}.${signature}`
    const source = await sources.open({ keys: [publicKey] })
    await source.start()
    expect(source.current()).toMatchObject({ policy: null, status: { lastError: { code: 'policy-signature' } } })
  })

  it('is checked again when it comes from the disk', async () => {
    sources.server.text = policyText(14)
    await (await sources.open()).start()
    const { publicKey } = await generatePolicyKeys('2026')
    expect((await sources.open({ keys: [publicKey] })).current().policy).toBeNull()
  })

  it('has to be made for us', async () => {
    sources.server.text = policyText(14, { audience: 'others' })
    const source = await sources.open({ audience: 'acme-developers' })
    await source.start()
    expect(source.current().status.lastError).toMatchObject({
      code: 'policy-audience',
      message: expect.stringContaining('"others"'),
    })
  })
})

function encode(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
}
