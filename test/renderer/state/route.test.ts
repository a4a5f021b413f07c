import { expect, test } from 'vitest'
import { parseRoute, routeHash } from '../../../renderer/state/route.ts'

test.each([
  ['', { screen: 'overview', callId: null }],
  ['#/', { screen: 'overview', callId: null }],
  ['#/calls', { screen: 'calls', callId: null }],
  ['#/calls/01J8', { screen: 'calls', callId: '01J8' }],
  ['#/spend/01J8', { screen: 'spend', callId: null }],
  ['#/nowhere', { screen: 'overview', callId: null }],
])('%s', (hash, route) => {
  expect(parseRoute(hash)).toEqual(route)
})

test('a call id survives the way through an address', () => {
  expect(parseRoute(routeHash('calls', 'a/b c')).callId).toBe('a/b c')
})
