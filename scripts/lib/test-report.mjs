import { existsSync, readFileSync } from 'node:fs'

/**
 * Sums the JSON report that vitest wrote to `file` before it exited with `code`.
 * A test file that could not even be loaded, and a run that died, count as one failure each: nothing that went wrong adds up to zero.
 */
export function sumReport(file, code) {
  if (!existsSync(file)) return { passed: 0, failed: 1, skipped: 0 }
  const report = JSON.parse(readFileSync(file, 'utf8'))
  const unloadable = report.testResults.filter(
    (result) => result.status === 'failed' && !result.assertionResults.some(({ status }) => status === 'failed'),
  ).length
  const failed = report.numFailedTests + unloadable
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && code !== 0 ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  }
}

/** The last line of a test command; scripts add these up. */
export const totalLine = ({ passed, failed, skipped }) =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
