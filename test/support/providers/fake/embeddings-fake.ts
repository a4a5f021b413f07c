import { type FakeDialect, textsIn, wordsOf } from './fake-dialect.ts'

/** OpenAI embeddings: input alone. */
export const embeddingsFake: FakeDialect = {
  makesOutput: false,
  matches: (path) => path.endsWith('/embeddings'),
  read(_path, body, headers) {
    const texts = textsIn(body.input)
    const estimatedInputTokens = texts.reduce((sum, text) => sum + wordsOf(text).length, 0)
    return {
      model: String(body.model),
      stream: false,
      maxOutputTokens: null,
      texts,
      estimatedInputTokens,
      wantsUsage: true,
      headers,
      body,
    }
  },
  plain: (plan) => ({
    object: 'list',
    model: plan.question.model,
    data: plan.question.texts.map((_text, index) => ({ object: 'embedding', index, embedding: [0.1, 0.2, 0.3] })),
    usage: { prompt_tokens: plan.input, total_tokens: plan.input },
  }),
  begin: () => [],
  delta: () => [],
  end: () => [],
}
