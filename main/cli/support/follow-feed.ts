import { commandLine } from '../../../shared/values/command-line.ts'
import type { FeedItem } from '../../../shared/contract/contract.ts'
import { AllowanceError } from '../../../shared/contract/errors.ts'
import { connectTyped, controlError } from '../../control/client.ts'
import type { Io } from './command.ts'
import { findGateway } from './find-gateway.ts'

/**
 * Calls `onOpen` when the feed is there and `onItem` with each item of it, until the signal aborts; then resolves. A
 * connection that breaks is resumed after the last item; when the gateway is gone it rejects with `no-gateway`.
 */
export function followFeed(
  io: Pick<Io, 'env' | 'platform' | 'signal'>,
  afterSeq: number | null,
  onItem: (item: FeedItem) => void,
  onOpen: () => void = () => {},
): Promise<void> {
  const client = connectTyped(findGateway(io))
  return new Promise((resolve, reject) => {
    const end = (error: Error | null) => {
      subscription.unsubscribe()
      io.signal.removeEventListener('abort', onAbort)
      if (error) reject(error)
      else resolve()
    }
    const onAbort = () => end(null)
    const subscription = client.feed.subscribe(
      { canAnswer: true, ...(afterSeq === null ? {} : { afterSeq }) },
      {
        onStarted: onOpen,
        onData: (tracked) => onItem(tracked.data),
        onError: (error) => end(controlError(error)),
        onConnectionStateChange: ({ state, error }) => {
          if (state === 'connecting' && error && !isThere(io)) {
            end(new AllowanceError('no-gateway', 'the gateway has stopped', commandLine('serve')))
          }
        },
      },
    )
    io.signal.addEventListener('abort', onAbort, { once: true })
    if (io.signal.aborted) onAbort()
  })
}

function isThere(io: Pick<Io, 'env' | 'platform'>): boolean {
  try {
    findGateway(io)
    return true
  } catch {
    return false
  }
}
