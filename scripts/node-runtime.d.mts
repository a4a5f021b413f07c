/** The newer Node's program if it is there, else null. */
export function findNodeRuntime(): string | null
