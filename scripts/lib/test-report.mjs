import { existsSync, readFileSync } from 'node:fs'

/** A second try hides a race: of so many tests one may have needed it; more fail the run. */
const TESTS_PER_RETRY = 1_000

/**
 * Sums the JSON report that vitest wrote to `file` before it exited with `code`.
 * A test file that could not even be loaded, and a run that died, count as one failure each: nothing that went wrong
 * adds up to zero. Tests that passed at a second try are named, and those beyond the budget count as failures.
 */
export function sumReport(file, code) {
  if (!existsSync(file)) return { passed: 0, failed: 1, skipped: 0, retried: [] }
  const report = JSON.parse(readFileSync(file, 'utf8'))
  const unloadable = report.testResults.filter(
    (result) => result.status === 'failed' && !result.assertionResults.some(({ status }) => status === 'failed'),
  ).length
  // What a test that passed still complains of is its first try.
  const retried = report.testResults.flatMap(({ assertionResults }) =>
    assertionResults
      .filter(({ status, failureMessages = [] }) => status === 'passed' && failureMessages.length > 0)
      .map(({ fullName }) => fullName),
  )
  const beyond = Math.max(0, retried.length - Math.ceil(report.numPassedTests / TESTS_PER_RETRY))
  const failed = report.numFailedTests + unloadable + beyond
  return {
    retried,
    passed: report.numPassedTests - beyond,
    failed: failed === 0 && code !== 0 ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  }
}

/** The last line of a test command; scripts add these up. */
export const totalLine = ({ passed, failed, skipped }) =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
