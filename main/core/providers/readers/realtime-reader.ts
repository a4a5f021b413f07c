import { isObject, memberAt, objectOf, textOf } from '../../metering/framing/lenient-json.ts'
import { ObservedResponse } from '../../metering/usage/observed-response.ts'
import type { UsageReader } from '../../metering/usage/usage-reader.ts'
import { openAiUsage } from '../../metering/usage-reports/openai-usage.ts'

/** One response of the Realtime API. Usage comes with `response.done`, also for one that was cancelled. */
export function realtimeReader(): UsageReader {
  const seen = new ObservedResponse(openAiUsage)
  return {
    body: () => {},
    event(_name, value) {
      const event = objectOf(value)
      const type = textOf(event['type']) ?? ''
      // Sound is base64: counted as text it would be a hundred times what it costs.
      if (/\.delta$/.test(type) && !/audio\.delta$/.test(type)) return seen.output(event['delta'])
      if (type === 'response.output_item.added') return seen.toolCall(memberAt(event, 'item', 'name'))
      if (type.endsWith('input_audio_transcription.completed')) {
        if (isObject(event['usage'])) seen.report(event['usage'])
        return seen.done()
      }
      if (type === 'error') {
        seen.fail()
        return seen.done()
      }
      if (!isObject(event['response'])) return
      const response = event['response']
      seen.identify(response['id'], response['model'])
      if (isObject(response['usage'])) seen.report(response['usage'])
      if (type !== 'response.done') return
      seen.finish(memberAt(response, 'status_details', 'reason') ?? response['status'])
      if (response['status'] === 'failed') seen.fail()
      seen.done()
    },
    reading: () => seen.reading,
  }
}
