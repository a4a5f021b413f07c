import { Segmented } from '../../components/controls/segmented.tsx'
import { Panel } from '../../components/display/panel.tsx'
import { type Theme, useTheme } from '../../state/theme.ts'

const THEMES: readonly { value: Theme; label: string }[] = [
  { value: 'system', label: 'Like the system' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
]

export function AppearancePanel() {
  const [theme, setTheme] = useTheme()
  return (
    <Panel title="Appearance">
      <div className="setting">
        <div className="setting-text">
          <h3>Theme</h3>
          <p className="quiet small">Saved in this window; changes apply at once.</p>
        </div>
        <div className="setting-value">
          <Segmented label="Theme" value={theme} options={THEMES} onChange={setTheme} />
        </div>
      </div>
    </Panel>
  )
}
