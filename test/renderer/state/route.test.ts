import { expect, test } from 'vitest'
import { parseRoute, routeHash } from '../../../renderer/state/route.ts'

test.each([
  ['', { screen: 'overview' }],
  ['#/', { screen: 'overview' }],
  ['#/calls', { screen: 'calls' }],
  ['#/calls/01J8', { screen: 'calls', itemId: '01J8' }],
  ['#/conversations/c_1', { screen: 'conversations', itemId: 'c_1' }],
  ['#/nowhere', { screen: 'overview' }],
  ['#/calls/100%', { screen: 'calls', itemId: '100%' }],
  ['#/calls?find=web', { screen: 'calls', query: 'find=web' }],
  ['#/calls/01J8?range=7d&project=web', { screen: 'calls', itemId: '01J8', query: 'range=7d&project=web' }],
  ['#/overview?raise', { screen: 'overview', query: 'raise', raises: true }],
  ['#/calls?raise', { screen: 'calls', query: 'raise' }],
])('%s', (hash, route) => {
  expect(parseRoute(hash)).toEqual({ itemId: null, query: '', raises: false, ...route })
})

test('a call id survives the way through an address, with the list that it stands in', () => {
  expect(parseRoute(routeHash('calls', 'a/b c?d', 'range=7d'))).toMatchObject({ itemId: 'a/b c?d', query: 'range=7d' })
})
