import { act } from 'react'
import { createRoot, type Root } from 'react-dom/client'
import { App } from '../../../renderer/app.tsx'
import { createStore, type Store } from '../../../renderer/state/store.ts'
import { StoreProvider } from '../../../renderer/state/store-context.tsx'
import { createFixtureApi, type FixtureApi } from '../fixtures/fixture-api.ts'
import type { World } from '../fixtures/scenarios.ts'

export interface RenderedApp {
  api: FixtureApi
  store: Store
  text: () => string
  /** The first element of a role whose accessible name matches; throws when there is none. */
  role: (role: 'button' | 'link' | 'dialog' | 'switch', name: string | RegExp) => HTMLElement
  click: (element: HTMLElement) => Promise<void>
  press: (key: string) => Promise<void>
  type: (element: HTMLInputElement, text: string) => Promise<void>
  visit: (hash: string) => Promise<void>
  close: () => Promise<void>
}

const SELECTORS = { button: 'button', link: 'a', dialog: '[role=dialog].dialog', switch: '[role=switch]' }

/** The whole window in a DOM, over a gateway in memory. */
export async function renderApp(world: World, hash = ''): Promise<RenderedApp> {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })
  window.localStorage.clear()
  window.location.hash = hash
  const host = document.body.appendChild(document.createElement('div'))
  const api = createFixtureApi(world)
  const store = createStore(api)
  let root: Root
  await act(async () => {
    store.start()
    root = createRoot(host)
    root.render(
      <StoreProvider store={store}>
        <App />
      </StoreProvider>,
    )
  })
  return {
    api,
    store,
    // Dialogs and messages stand beside the page, not in it.
    text: () => document.body.textContent ?? '',
    role: (role, name) => {
      const found = [...document.body.querySelectorAll<HTMLElement>(SELECTORS[role])].find((element) => {
        const label = labelOf(element)
        return typeof name === 'string' ? label === name : name.test(label)
      })
      if (!found) throw new Error(`no ${role} named ${name} in: ${document.body.textContent}`)
      return found
    },
    click: (element) => navigating(() => element.click()),
    press: (key) => navigating(() => window.dispatchEvent(new KeyboardEvent('keydown', { key }))),
    type: (element, text) =>
      act(async () => {
        Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set?.call(element, text)
        element.dispatchEvent(new Event('input', { bubbles: true }))
      }),
    visit: (hash) =>
      navigating(() => {
        window.location.hash = hash
      }),
    close: async () => {
      store.stop()
      await act(async () => root.unmount())
      host.remove()
    },
  }
}

function labelOf(element: HTMLElement): string {
  const named = element.getAttribute('aria-labelledby')
  const by = named === null ? null : document.getElementById(named)
  return element.getAttribute('aria-label') ?? by?.textContent ?? element.textContent?.trim() ?? ''
}

/** Does it, and tells at once of a changed address fragment: this DOM tells on a timer that no faked clock moves. */
function navigating(action: () => unknown): Promise<void> {
  return act(async () => {
    const before = window.location.hash
    action()
    if (window.location.hash !== before) window.dispatchEvent(new Event('hashchange'))
  })
}
