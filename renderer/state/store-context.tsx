import { createContext, type ReactNode, useContext, useSyncExternalStore } from 'react'
import type { Snapshot } from './snapshot.ts'
import type { Store } from './store.ts'

const StoreContext = createContext<Store | null>(null)

export function StoreProvider({ store, children }: { store: Store; children: ReactNode }) {
  return <StoreContext value={store}>{children}</StoreContext>
}

export function useStore(): Store {
  const store = useContext(StoreContext)
  if (!store) throw new Error('useStore outside of a StoreProvider')
  return store
}

/** A part of the snapshot; `select` has to return something that the snapshot holds, not something it makes. */
export function useSnapshot<Part>(select: (snapshot: Snapshot) => Part): Part {
  const store = useStore()
  const read = () => select(store.get())
  return useSyncExternalStore(store.subscribe, read, read)
}
