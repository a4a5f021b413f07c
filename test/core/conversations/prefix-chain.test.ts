import fc from 'fast-check'
import { expect, test } from 'vitest'
import { prefixChains } from '../../../main/core/conversations/prefix-chain.ts'

const linksOf = (chain: { length: number; link(index: number): string }) =>
  Array.from({ length: chain.length }, (_, index) => chain.link(index))

const history = fc.array(fc.record({ print: fc.string(), isDialogue: fc.boolean() }), { maxLength: 30 })

test('the dialogue has the chain that it would have if nothing else stood in the history', () => {
  fc.assert(
    fc.property(history, (messages) => {
      const prints = messages.map(({ print }) => print)
      const spoken = messages.filter(({ isDialogue }) => isDialogue).map(({ print }) => print)
      const { dialogue } = prefixChains(prints, (index) => messages[index]!.isDialogue)
      expect(linksOf(dialogue)).toEqual(linksOf(prefixChains(spoken, () => true).whole))
    }),
  )
})

test('histories share the links of what they begin with, and none after the first difference', () => {
  fc.assert(
    fc.property(history, history, (one, other) => {
      const [left, right] = [one, other].map((all) => all.map(({ print }) => print)) as [string[], string[]]
      const [a, b] = [left, right].map((all) => linksOf(prefixChains(all, () => true).whole)) as [string[], string[]]
      const differs = left.findIndex((print, index) => print !== right[index])
      const shared = differs < 0 ? left.length : differs
      expect(a.slice(0, shared)).toEqual(b.slice(0, shared))
      for (let index = shared; index < Math.min(a.length, b.length); index += 1) expect(a[index]).not.toBe(b[index])
    }),
  )
})
