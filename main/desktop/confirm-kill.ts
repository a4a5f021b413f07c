import { dialog } from 'electron'

/** True if the person means it: what runs is ended, and cannot be taken up again. */
export async function confirmKill(): Promise<boolean> {
  const { response } = await dialog.showMessageBox({
    type: 'warning',
    message: 'Stop everything?',
    detail:
      'Running streams are ended now, and every new model call is refused until you turn the kill switch off. What they have cost so far stays recorded.',
    buttons: ['Stop Everything', 'Keep Running'],
    defaultId: 1,
    cancelId: 1,
  })
  return response === 0
}
