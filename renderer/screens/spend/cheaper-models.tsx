import { useMemo } from 'react'
import type { ModelSuggestion } from '../../../shared/contract/contract.ts'
import { Badge } from '../../components/display/badge.tsx'
import { Nothing, Panel } from '../../components/display/panel.tsx'
import { type Column, Table } from '../../components/display/table.tsx'
import { fraction, nanosOf, percent, usd } from '../../derive/format/amounts.ts'
import { shortModel } from '../../derive/calls/call-filter.ts'
import { evidenceWords, savedInAll } from '../../derive/spend/savings.ts'

interface CheaperModelsProps {
  suggestions: readonly ModelSuggestion[]
  onCompare: (model: string) => void
}

/** Work that would have cost less on another model, by its own tokens. */
export function CheaperModels({ suggestions, onCompare }: CheaperModelsProps) {
  const columns = useMemo(() => suggestionColumns(onCompare), [onCompare])
  return (
    <Panel
      title="What cheaper models would have cost"
      className="cheaper"
      aside={
        suggestions.length > 0 && <span className="number">up to {usd(savedInAll(suggestions))} less in this time</span>
      }
    >
      {suggestions.length === 0 ? (
        <Nothing>
          No kind of work would have cost noticeably less on a model that the policy suggests or on its vendor’s next
          cheaper one.
        </Nothing>
      ) : (
        <>
          <Table columns={columns} rows={suggestions} rowKey={keyOf} />
          <p className="note">
            The same calls with the same tokens, at the other model’s price. It may write more or less, and may not be
            good enough for the work: try it first.
          </p>
        </>
      )}
    </Panel>
  )
}

function keyOf({ provider, model, kind }: ModelSuggestion): string {
  return `${provider} ${model} ${kind}`
}

function suggestionColumns(onCompare: (model: string) => void): Column<ModelSuggestion>[] {
  return [
    {
      title: 'Work',
      isName: true,
      hint: ({ sentence }) => sentence,
      cell: (suggestion) => (
        <>
          {shortModel(suggestion.model)} <span className="quiet small">{suggestion.kind.replace('-', ' ')}</span>
          <span className="narrow-only small">on {shortModel(suggestion.suggested)}</span>
          <span className="row-evidence number">{evidenceWords(suggestion)}</span>
        </>
      ),
    },
    {
      title: 'On',
      width: '21%',
      room: 'roomy',
      cell: ({ suggested, source }) => (
        <>
          <button
            type="button"
            className="link-button"
            title={`Compare all spend with ${suggested}`}
            onClick={() => onCompare(suggested)}
          >
            {shortModel(suggested)}
          </button>{' '}
          {source === 'policy' && <Badge tone="calm">by policy</Badge>}
        </>
      ),
    },
    { title: 'Cost', width: '92px', isNumber: true, room: 'roomy', cell: ({ costUsd }) => usd(costUsd) },
    {
      title: 'Would cost',
      width: '102px',
      isNumber: true,
      room: 'roomy',
      cell: ({ suggestedUsd }) => usd(suggestedUsd),
    },
    {
      title: 'Less',
      width: '134px',
      isNumber: true,
      cell: ({ savedUsd, costUsd }) => (
        <>
          <span className="quiet small">{percent(fraction(nanosOf(savedUsd), nanosOf(costUsd)))}</span>{' '}
          <strong className="saved">{usd(savedUsd)}</strong>
        </>
      ),
    },
  ]
}
