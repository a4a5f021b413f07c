import { z } from 'zod'
import { commandHookSchema, webhookSchema } from './hooks.ts'
import { modelPriceSchema, telemetrySchema } from './policy.ts'

/** A provider that speaks a known dialect at its own origin: a company gateway, a local server, a new host. */
export const customProviderSchema = z.strictObject({
  origin: z.url(),
  /** Hosts that interception treats as this provider. */
  hosts: z.array(z.string()).default([]),
  /** Free by declaration (a model on this machine). */
  free: z.boolean().default(false),
})

/** Where the proxy listens when nothing else is said. */
export const DEFAULT_PORT = 4141

/** `settings.json` in the home. Every key is optional; unknown keys are errors that name the nearest known one. */
export const settingsSchema = z.strictObject({
  port: z.number().int().min(0).max(65_535).default(DEFAULT_PORT),
  controlPort: z.number().int().min(0).max(65_535).default(4142),
  listen: z.string().default('127.0.0.1'),
  developer: z.string().nullable().default(null),
  timezone: z.string().default('local'),
  /** Replaces a provider's origin: `{"openai": "http://127.0.0.1:9000"}`. */
  upstreams: z.record(z.string(), z.url()).default({}),
  /** OpenAI-compatible origins of one's own, by id. */
  providers: z.record(z.string().regex(/^[a-z][a-z0-9-]*$/), customProviderSchema).default({}),
  policy: z
    .strictObject({
      url: z.string().nullable().default(null),
      audience: z.string().nullable().default(null),
      keys: z.array(z.record(z.string(), z.unknown())).default([]),
      refreshSeconds: z.number().int().min(1).default(60),
      onFirstFetch: z.enum(['open', 'closed']).default('open'),
    })
    .prefault({}),
  /** The developer's own rules: they add to the policy and can never loosen it. */
  rules: z.array(z.record(z.string(), z.unknown())).default([]),
  prices: z.array(modelPriceSchema).default([]),
  pricesUrl: z.string().nullable().default(null),
  ledger: z.strictObject({ keepDays: z.number().int().positive().default(400) }).prefault({}),
  limits: z
    .strictObject({
      /** The largest request body taken: 64 MiB holds a long context with images. */
      maxBodyBytes: z
        .number()
        .int()
        .positive()
        .default(64 * 1024 * 1024),
      /** Memory for all request bodies that are being read; beyond it they wait their turn. */
      bodyMemoryBytes: z
        .number()
        .int()
        .positive()
        .default(256 * 1024 * 1024),
      /** A provider from which no byte has come for so long is given up. No model thinks for longer than this in silence. */
      upstreamIdleSeconds: z.number().positive().max(86_400).default(3_600),
    })
    .prefault({}),
  /** Origins (browser pages) that may use the proxy port although they are not ours. */
  allowedOrigins: z.array(z.string()).default([]),
  /** Whether other users of this machine may send calls through the proxy, which are counted as this developer's. */
  allowOtherUsers: z.boolean().default(false),
  /** Where calls and sums are exported to, beside the policy's own receiver. */
  telemetry: telemetrySchema.prefault({}),
  /** Who is told what happens. Only this machine's own settings can name a command. */
  hooks: z.array(z.union([commandHookSchema, webhookSchema])).default([]),
  httpsProxy: z.string().nullable().default(null),
  caFile: z.string().nullable().default(null),
})
export type Settings = z.infer<typeof settingsSchema>
