/** Runs `work` while no other process of this checkout runs work of that name. */
export function withCheckoutLock<Result>(name: string, work: () => Promise<Result>): Promise<Result>
