/**
 * Makes one costly reading answer all who wait for it. Who comes while one runs waits for the next, because what is
 * sought may have appeared behind the reader's back. `serve` gives one answer an item, in order; if it throws, all get `failed`.
 */
export function coalesce<Item, Answer>(
  serve: (items: Item[]) => Promise<Answer[]>,
  failed: Answer,
): (item: Item) => Promise<Answer> {
  let waiting: { item: Item; resolve(answer: Answer): void }[] = []
  let isServing = false

  async function run(): Promise<void> {
    isServing = true
    while (waiting.length > 0) {
      const served = waiting
      waiting = []
      const answers = await serve(served.map(({ item }) => item)).catch(() => [])
      for (const [index, { resolve }] of served.entries()) resolve(answers[index] ?? failed)
    }
    isServing = false
  }

  return (item) =>
    new Promise((resolve) => {
      waiting.push({ item, resolve })
      if (!isServing) void run()
    })
}
