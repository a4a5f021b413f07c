export interface TestSum {
  passed: number
  failed: number
  skipped: number
  /** Full names of tests that needed a second try. */
  retried: string[]
}
export function sumReport(file: string, code: number): TestSum
export function totalLine(sum: Omit<TestSum, 'retried'>): string
