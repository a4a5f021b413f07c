import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { findConnection, followPastedLinks } from './state/api/connection.ts'
import { createStore } from './state/store.ts'
import { StoreProvider } from './state/store-context.tsx'
import { createTrpcApi } from './state/api/trpc-api.ts'
import { applyTheme } from './state/theme.ts'
import './styles/all.css'

applyTheme()
followPastedLinks()
const store = createStore(
  createTrpcApi(() => findConnection()),
  { retryDenied: window.allowance !== undefined },
)
store.start()
createRoot(document.getElementById('root')!).render(
  <StoreProvider store={store}>
    <App />
  </StoreProvider>,
)
