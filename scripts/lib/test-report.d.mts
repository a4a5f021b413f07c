export interface TestSum {
  passed: number
  failed: number
  skipped: number
}
export function sumReport(file: string, code: number): TestSum
export function totalLine(sum: TestSum): string
