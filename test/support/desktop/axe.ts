import axe, { type AxeResults, type RunOptions } from 'axe-core'
import type { Page } from 'playwright-core'

/** WCAG 2.2 AA, and what axe calls best practice. */
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

interface AxeOfPage {
  run(context: Document, options: RunOptions): Promise<AxeResults>
}

/** What axe finds wrong on a page, a line each: the rule, where, and why; nothing on a page that everybody can use. */
export async function accessFaults(page: Page): Promise<string[]> {
  // Evaluated, not added as a script: the page's policy allows no script but its own.
  await page.evaluate(axe.source)
  return page.evaluate(async (tags) => {
    const { axe: here } = globalThis as unknown as { axe: AxeOfPage }
    const { violations } = await here.run(document, { runOnly: { type: 'tag', values: tags } })
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id} ${target.join(' ')}: ${failureSummary?.replace(/\s+/g, ' ')}`),
    )
  }, TAGS)
}
