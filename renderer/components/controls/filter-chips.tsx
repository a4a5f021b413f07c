import { EXPLORE_DIMENSIONS, type Facets, type SpendFilter } from '../../../shared/contract/explore.ts'
import { dimensionTitle, valueWords } from '../../derive/calls/dimension-words.ts'
import { Icon } from './icon.tsx'

interface FilterChipsProps {
  filter: SpendFilter
  /** The values there are to choose from; null while they are asked for, none where nothing can be added. */
  facets: Facets | null
  onChange: (filter: SpendFilter) => void
}

/** The filters in force, each with its way out, and a menu of all that could be filtered by. */
export function FilterChips({ filter, facets, onChange }: FilterChipsProps) {
  const add = (choice: string) => {
    const [name, value] = JSON.parse(choice) as [string, string | null]
    onChange({ ...filter, [name]: [...(filter[name] ?? []), value] })
  }
  const remove = (name: string, value: string | null) => {
    const { [name]: values = [], ...rest } = filter
    const left = values.filter((other) => other !== value)
    onChange(left.length === 0 ? rest : { ...rest, [name]: left })
  }
  const names = namesOf(facets ?? {})
  return (
    <>
      {(facets === null || names.length > 0) && (
        <select
          className="select filter-menu"
          aria-label="Add a filter"
          value=""
          onChange={(event) => event.target.value !== '' && add(event.target.value)}
        >
          <option value="">Filter …</option>
          {names.map((name) => (
            <optgroup key={name} label={dimensionTitle(name)}>
              {(facets?.[name] ?? [])
                .filter(({ value }) => !filter[name]?.includes(value))
                .map(({ value }) => (
                  <option key={value} value={JSON.stringify([name, value])}>
                    {valueWords(name, value)}
                  </option>
                ))}
            </optgroup>
          ))}
        </select>
      )}
      {Object.entries(filter).flatMap(([name, values]) =>
        values.map((value) => (
          <button
            key={`${name} ${value}`}
            type="button"
            className="chip"
            aria-label={`Remove the filter ${dimensionTitle(name)}: ${valueWords(name, value)}`}
            onClick={() => remove(name, value)}
          >
            <span className="quiet">{dimensionTitle(name)}</span> <span>{valueWords(name, value)}</span>
            <Icon name="close" size={13} />
          </button>
        )),
      )}
    </>
  )
}

/** Those that anybody named, tags last. */
function namesOf(facets: Facets): string[] {
  const known = EXPLORE_DIMENSIONS.filter((name) => facets[name])
  return [...known, ...Object.keys(facets).filter((name) => name.startsWith('tag:'))]
}
