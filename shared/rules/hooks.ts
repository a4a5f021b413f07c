import { z } from 'zod'

/** What hooks are told of. */
export const HOOK_EVENTS = [
  'cap-threshold',
  'loop',
  'refused',
  'unpriced-model',
  'shadow-ai',
  'policy-changed',
  'key-seen-new',
] as const
export type HookEvent = (typeof HOOK_EVENTS)[number]

const common = {
  on: z.array(z.enum(HOOK_EVENTS)).min(1),
  /** More than this in a minute are counted and not sent. */
  perMinute: z.number().int().min(1).max(600).default(30),
}

/** Secrets never stand in a document: an address that is one (Slack's) and the key of the signature are named by variable. */
export const webhookSchema = z
  .strictObject({
    ...common,
    url: z.url({ protocol: /^https?$/ }).optional(),
    urlFromEnv: z.string().min(1).optional(),
    format: z.enum(['json', 'slack']).default('json'),
    /** The variable with the key of the HMAC signature. */
    secretFromEnv: z.string().min(1).optional(),
  })
  .refine((hook) => (hook.url === undefined) !== (hook.urlFromEnv === undefined), {
    error: 'one of "url" and "urlFromEnv"',
  })
export type Webhook = z.infer<typeof webhookSchema>

/** A program and its arguments, started without a shell; it reads the event from its standard input. */
export const commandHookSchema = z.strictObject({ ...common, command: z.array(z.string().min(1)).min(1) })
export type CommandHook = z.infer<typeof commandHookSchema>

export type Hook = Webhook | CommandHook
