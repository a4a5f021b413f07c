import { type RefObject, useEffect, useRef } from 'react'

/** The element that has the focus as soon as it is there, because somebody just asked for it. */
export function useFirstFocus<Kind extends HTMLElement>(): RefObject<Kind | null> {
  const element = useRef<Kind>(null)
  useEffect(() => element.current?.focus(), [])
  return element
}
