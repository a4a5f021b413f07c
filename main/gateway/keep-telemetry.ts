import type { OtlpExport } from '../export/telemetry/otlp-export.ts'
import type { openTelemetry, TelemetryOptions } from './open-telemetry.ts'

/** Exports to whichever receiver the policy or the settings name, and follows a change of it. */
export function keepTelemetry(options: TelemetryOptions) {
  const { logger, env } = options
  let current: { key: string; exporter: Promise<OtlpExport> } | null = null
  let opened: Promise<ReturnType<typeof openTelemetry>> | null = null
  const open = () => {
    opened ??= import('./open-telemetry.ts').then((module) => module.openTelemetry(options))
    return opened
  }
  follow()
  return {
    follow,
    metricsText: async () => (await open()).metricsText(),
    close: async () => (await current?.exporter)?.close(),
  }

  function follow(): void {
    const wanted = options.wanted()
    const key = JSON.stringify(wanted)
    if (current?.key === key) return
    void current?.exporter.then((exporter) => exporter.close())
    current = null
    if (wanted === null || wanted.otlpUrl === null) return
    const { otlpUrl } = wanted
    const headers: Record<string, string> = {}
    for (const [name, variable] of Object.entries(wanted.headersFromEnv)) {
      const value = env[variable]
      if (value === undefined || value === '')
        logger.warn('telemetry is sent without a header whose variable is not set', { header: name, variable })
      else headers[name] = value
    }
    current = { key, exporter: open().then((telemetry) => telemetry.export(otlpUrl, headers)) }
  }
}
