import { useSnapshot } from '../state/store-context.tsx'

/** Before the first answer: the shape of what comes, so that nothing jumps when it does. */
export function StartingScreen() {
  const phase = useSnapshot((snapshot) => snapshot.link.phase)
  return (
    <div className="starting" role="status">
      <span className="hidden">{phase === 'lost' ? 'Waiting for the gateway' : 'Connecting to the gateway'}</span>
      <div className="placeholder placeholder-tall" />
      <div className="placeholder-row">
        <div className="placeholder" />
        <div className="placeholder" />
      </div>
    </div>
  )
}
