import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { findSecret } from '../../main/platform/system/stored-secret.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'allowance-secret-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('the environment comes first', async () => {
  expect(await findSecret('SECRET', 'shared-password', { SECRET: 'hushed' })).toBe('hushed')
})

test.skipIf(process.platform !== 'linux')('else the Secret Service is asked, by name', async () => {
  const program = path.join(folder, 'secret-tool')
  writeFileSync(program, '#!/bin/sh\necho "$@"\n')
  chmodSync(program, 0o755)
  vi.stubEnv('PATH', `${folder}:${process.env['PATH']}`)
  expect(await findSecret('SECRET', 'shared-password', {})).toBe('lookup service allowance name shared-password')
})

test('there is none where neither has it, or there is no store that can be asked', async () => {
  vi.stubEnv('PATH', folder)
  expect(await findSecret('SECRET', 'shared-password', { SECRET: '' }, 'linux')).toBeNull()
  expect(await findSecret('SECRET', 'shared-password', {}, 'win32')).toBeNull()
})
