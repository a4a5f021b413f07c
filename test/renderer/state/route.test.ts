import { expect, test } from 'vitest'
import { findHash, parseRoute, routeHash } from '../../../renderer/state/route.ts'

test.each([
  ['', { screen: 'overview', callId: null }],
  ['#/', { screen: 'overview', callId: null }],
  ['#/calls', { screen: 'calls', callId: null }],
  ['#/calls/01J8', { screen: 'calls', callId: '01J8' }],
  ['#/spend/01J8', { screen: 'spend', callId: null }],
  ['#/nowhere', { screen: 'overview', callId: null }],
  ['#/calls/100%', { screen: 'calls', callId: '100%' }],
  ['#/calls?find=web', { screen: 'calls', callId: null, find: 'web' }],
  ['#/overview?raise', { screen: 'overview', callId: null, raises: true }],
  ['#/calls?raise', { screen: 'calls', callId: null }],
  ['#/spend?find=web', { screen: 'spend', callId: null }],
])('%s', (hash, route) => {
  expect(parseRoute(hash)).toEqual({ find: null, raises: false, ...route })
})

test('a call id survives the way through an address', () => {
  expect(parseRoute(routeHash('calls', 'a/b c')).callId).toBe('a/b c')
})

test('what is searched for survives it too', () => {
  expect(parseRoute(findHash('feat/check out & more')).find).toBe('feat/check out & more')
})
