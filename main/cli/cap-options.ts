/** Options of `cap` that name a dimension of its scope. */
export const SCOPE_OPTIONS = ['project', 'branch', 'environment', 'agent', 'model', 'provider'] as const
