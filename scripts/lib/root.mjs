import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** The root of the checkout, whatever folder the command was typed in. */
export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/[/\\]$/, '')

/** Absolute path of a file in the checkout. */
export const inRoot = (...parts) => path.join(root, ...parts)
