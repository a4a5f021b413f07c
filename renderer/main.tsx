import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { findConnection } from './state/connection.ts'
import { createStore } from './state/store.ts'
import { StoreProvider } from './state/store-context.tsx'
import { applyTheme } from './state/theme.ts'
import { createTrpcApi } from './state/trpc-api.ts'
import './styles/all.css'

applyTheme()
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
