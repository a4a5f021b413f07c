import { connectTyped } from '../../control/client.ts'
import type { GatewayAddress } from './gateway-state.ts'
import type { GatewayClient } from './gateway-watch.ts'

/** The shell's part of the control API. Connects when it is first asked. */
export function connectGateway(gateway: GatewayAddress): GatewayClient {
  const client = connectTyped(gateway)
  return {
    status: () => client.status.query(),
    setPaused: async (isPaused) => {
      await (isPaused ? client.pause : client.resume).mutate()
    },
    setKilled: async (isKilled) => {
      await client.killSwitch.mutate({ on: isKilled })
    },
    answer: async (callId, answer) => {
      await client.answer.mutate({ callId, answer })
    },
    feed: ({ onItem, onLost }) => {
      let isOver = false
      const lose = () => {
        if (isOver) return
        isOver = true
        subscription.unsubscribe()
        onLost()
      }
      const subscription = client.feed.subscribe(
        { canAnswer: true },
        {
          onData: ({ data }) => onItem(data),
          onError: lose,
          onComplete: lose,
          // The event source would retry by itself, at a gateway that may have moved: the shell knows where it is.
          onConnectionStateChange: ({ state, error }) => {
            if (state === 'connecting' && error) lose()
          },
        },
      )
      return () => {
        isOver = true
        subscription.unsubscribe()
      }
    },
  }
}
