// @vitest-environment happy-dom
import { act } from 'react'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ApiError } from '../../../renderer/state/api/api.ts'
import { open, pass, stopTheClock } from './fixed-day.ts'
import type { RenderedApp } from './render-app.tsx'

let app: RenderedApp
beforeEach(stopTheClock)
afterEach(async () => {
  await app.close()
  vi.useRealTimers()
})

test('shows each rule’s sentence, own rules apart, and why the last one was rejected', async () => {
  app = await open('policy-rejected', '#/policy')
  expect(app.text()).toContain('Stops calls once $10.00 is spent in a day')
  expect(app.text()).toContain('from settings.json or ALLOWANCE_RULESmy-evening')
  expect(app.text()).toContain('did you mean limitUsd?')
})

test('is asked again when it changed', async () => {
  app = await open('busy', '#/policy')
  const asked = () => app.api.log.filter((line) => line === 'policy').length
  const before = asked()
  await act(async () => app.api.push({ type: 'changed', seq: 20_000, what: 'policy' }))
  await pass(100)
  expect(asked()).toBe(before + 1)
})

test('says which cheaper models it suggests, with the way to what they would have cost', async () => {
  app = await open('busy', '#/policy')
  expect(app.text()).toContain('gpt-5-mini instead of gpt-5-2025-* is suggested')
  expect(app.role('link', 'What they would have cost').getAttribute('href')).toBe('#/spend')
})

describe('hosts that wait for consent', () => {
  const changed = async (seq: number) => {
    await act(async () => app.api.push({ type: 'changed', seq, what: 'policy' }))
    await pass(100)
  }

  test('are found from the overview, and agreed to one by one', async () => {
    app = await open('hosts')
    expect(app.text()).toContain('llm.acme.dev and 1 more: not metered until you agree.')
    await app.visit(app.role('link', 'See which').getAttribute('href') ?? '')
    expect(app.text()).toContain('Allowance decrypts on this machine whatever your programs send to these hosts')
    await app.click(app.role('button', 'Agree to llm.acme.dev'))
    expect(app.api.log).toContain('trustHosts llm.acme.dev')
    await changed(20_000)
    expect(() => app.role('button', 'Agree to llm.acme.dev')).toThrow('no button')
    expect(app.role('button', 'Agree to *.models.acme.dev')).toBeTruthy()
    expect(document.querySelector('.note[role=status]')?.textContent).toContain('llm.acme.dev: metered from now on.')
  })

  test('are agreed to together', async () => {
    app = await open('hosts', '#/policy')
    await app.click(app.role('button', 'Agree to all 2'))
    await changed(20_000)
    expect(app.api.log).toContain('trustHosts llm.acme.dev *.models.acme.dev')
    expect(app.text()).not.toContain('If you agree')
    expect(app.text()).toContain('may have to be restarted')
  })

  test('go on waiting where consent fails, with the reason', async () => {
    app = await open('hosts', '#/policy')
    app.api.trustHosts = () => Promise.reject(new ApiError('refused', 'the disk is full'))
    await app.click(app.role('button', 'Agree to llm.acme.dev'))
    expect(app.text()).toContain('the disk is full')
    expect(app.role('button', 'Agree to llm.acme.dev')).toBeTruthy()
  })

  test('are not spoken of where none waits', async () => {
    app = await open('busy', '#/policy')
    expect(app.text()).not.toContain('Hosts that wait for you')
  })
})
