export function ensureClients(group: string): { folder: string; failure: string | null }
export function copyPrograms(folder: string): void
