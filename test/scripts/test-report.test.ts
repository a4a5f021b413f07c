import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { sumReport, totalLine } from '../../scripts/lib/test-report.mjs'

const folder = mkdtempSync(path.join(tmpdir(), 'allowance-report-'))
afterAll(() => rmSync(folder, { recursive: true }))

function report(content: object): string {
  const file = path.join(folder, 'report.json')
  writeFileSync(
    file,
    JSON.stringify({
      numPassedTests: 3,
      numFailedTests: 0,
      numPendingTests: 0,
      numTodoTests: 0,
      testResults: [],
      ...content,
    }),
  )
  return file
}

describe('the sum of a test run', () => {
  it('is what passed, failed and was skipped', () => {
    const file = report({ numFailedTests: 1, numPendingTests: 2 })
    expect(totalLine(sumReport(file, 1))).toBe('3 passed, 1 failed, 2 skipped')
  })

  it('counts a file that could not be loaded', () => {
    const testResults = [
      { status: 'failed', assertionResults: [] },
      { status: 'passed', assertionResults: [{ status: 'passed' }] },
    ]
    expect(sumReport(report({ testResults }), 1).failed).toBe(1)
  })

  it('does not count a file beside its own failed tests', () => {
    const testResults = [{ status: 'failed', assertionResults: [{ status: 'failed' }] }]
    expect(sumReport(report({ numFailedTests: 1, testResults }), 1).failed).toBe(1)
  })

  it('counts an error outside every test, and a run that wrote no report', () => {
    expect(totalLine(sumReport(report({}), 1))).toBe('3 passed, 1 failed')
    expect(totalLine(sumReport(path.join(folder, 'none.json'), 0))).toBe('0 passed, 1 failed')
  })

  it('names the tests that needed a second try, and fails when they are more than one in a thousand', () => {
    const again = (fullName: string) => ({ status: 'passed', fullName, failureMessages: ['the first try'] })
    const one = [{ status: 'passed', assertionResults: [again('a'), { status: 'passed', failureMessages: [] }] }]
    expect(sumReport(report({ testResults: one }), 0)).toMatchObject({ passed: 3, failed: 0, retried: ['a'] })
    const two = [{ status: 'passed', assertionResults: [again('a'), again('b')] }]
    expect(sumReport(report({ testResults: two }), 0)).toMatchObject({ passed: 2, failed: 1 })
  })
})
