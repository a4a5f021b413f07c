import { expect, test } from 'vitest'
import { MAX_TAGS, parseTags } from '../../../../main/core/attribution/values/parse-tags.ts'

test('reads keys and values, percent-decoded', () => {
  expect(parseTags('project=web,session=s1,environment=test,team=a%2Fb%2C%20c%3Dd')).toEqual({
    tags: { project: 'web', session: 's1', environment: 'test', team: 'a/b, c=d' },
    problems: [],
  })
})

test('keeps values that were decoded before they came, and odd ones', () => {
  expect(parseTags('project=50% off,branch=feat/x,name=a=b,city=Zürich')).toEqual({
    tags: { project: '50% off', branch: 'feat/x', name: 'a=b', city: 'Zürich' },
    problems: [],
  })
})

test('passes over what is no tag and says so', () => {
  const { tags, problems } = parseTags(
    'project=web,,loose,=x,9a=b,empty=,developer=eve,Developer=eve,a b=c,__proto__=x,ok=1',
  )
  expect(tags).toEqual({ project: 'web', ok: '1' })
  expect(problems).toHaveLength(8)
})

test('a tag may have the name of an object member', () => {
  const { tags } = parseTags('constructor=a,toString=b')
  expect(Object.entries(tags)).toEqual([
    ['constructor', 'a'],
    ['toString', 'b'],
  ])
})

test('is bounded in number, length and control characters', () => {
  const many = parseTags(Array.from({ length: MAX_TAGS + 5 }, (_, index) => `k${index}=v`).join(','))
  expect(Object.keys(many.tags)).toHaveLength(MAX_TAGS)
  expect(many.problems).toHaveLength(5)
  expect(parseTags(`a=${'x'.repeat(500)}`).tags['a']).toHaveLength(200)
  expect(parseTags('a=%1b[31mred%0a').tags['a']).toBe('[31mred')
  expect(parseTags(`a=${'x'.repeat(199)}😀`).tags['a']).toBe('x'.repeat(199))
})
