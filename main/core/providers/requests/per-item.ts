/**
 * Makes something of each item once. A conversation sends its whole history with every turn; what was parsed for the
 * turn before is the same object (proxy/arrival/resumable-json), so what was made of it is still right. What is made must not
 * be changed afterwards.
 */
export function perItem<Made>(make: (item: unknown) => Made): (item: unknown) => Made {
  const known = new WeakMap<object, Made>()
  return (item) => {
    if (typeof item !== 'object' || item === null) return make(item)
    const before = known.get(item)
    if (before !== undefined) return before
    const made = make(item)
    known.set(item, made)
    return made
  }
}
