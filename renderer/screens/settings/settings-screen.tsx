import { useState } from 'react'
import { Banner } from '../../components/display/banner.tsx'
import { Panel } from '../../components/display/panel.tsx'
import { SETTING_GROUPS } from '../../derive/settings/setting-words.ts'
import { useSnapshot, useStore } from '../../state/store-context.tsx'
import { useAnswer } from '../../state/use-answer.ts'
import { AboutPanel } from './about-panel.tsx'
import { AppearancePanel } from './appearance-panel.tsx'
import { DesktopPanel } from './desktop-panel.tsx'
import { ImportPanel } from './import-panel.tsx'
import { RestartBanner } from './restart-banner.tsx'
import { SettingRow } from './setting-row.tsx'

/** Everything that a person may want to change, each with what it does and where its value comes from. */
export function SettingsScreen() {
  const { api } = useStore()
  const [version, setVersion] = useState(0)
  // It grows when a gateway comes back, and then its settings may be others.
  const connection = useSnapshot((snapshot) => snapshot.policyVersion)
  const { value: view, error } = useAnswer(`${version} ${connection}`, () => api.settings.view())
  const reread = () => setVersion((before) => before + 1)
  return (
    <div className="stack settings">
      {view?.needsRestart && <RestartBanner onRestarted={reread} />}
      <AppearancePanel />
      <DesktopPanel />
      {error !== null && view === null && <Banner level="warn" title="The settings could not be read" body={error} />}
      {view &&
        SETTING_GROUPS.map((group) => (
          <Panel key={group.title} title={group.title}>
            <ul className="settings-list">
              {group.settings.map((words) => {
                const setting = view.settings.find(({ key }) => key === words.key)
                return setting && <SettingRow key={words.key} words={words} setting={setting} onChanged={reread} />
              })}
            </ul>
          </Panel>
        ))}
      {view && <ImportPanel />}
      {view && <AboutPanel settingsFile={view.file} />}
      {view && (
        <p className="note">
          Changes are written to <code>{view.file}</code> and apply from the gateway’s next start. Caps apply at once;
          set them under “Caps &amp; policy”.
        </p>
      )}
    </div>
  )
}
