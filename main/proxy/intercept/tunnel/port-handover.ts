import http from 'node:http'

/** Where a stand-in (a run that keeps the port open while no gateway runs) is asked to give the port back. */
export const HANDOVER_PATH = '/allowance/bridge/handover'
/** Said with the request, so that no browser page can ask: it would have to ask for leave first. */
export const HANDOVER_HEADER = 'x-allowance-handover'
const ANSWER_TIMEOUT_MS = 2_000

/** Asks the holder of a port to give it to a gateway that is starting. @returns whether it was a stand-in, and did */
export function askForPort(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const request = http.request(
      {
        host,
        port,
        path: HANDOVER_PATH,
        method: 'POST',
        agent: false,
        headers: { [HANDOVER_HEADER]: '1' },
        timeout: ANSWER_TIMEOUT_MS,
      },
      (response) => {
        response.resume()
        response.once('end', () => resolve(response.statusCode === 204))
        response.once('error', () => resolve(false))
      },
    )
    request.once('timeout', () => request.destroy())
    request.once('error', () => resolve(false))
    request.end()
  })
}
