import { type IpcMainInvokeEvent, type WebContents, ipcMain } from 'electron'
import type { WindowMessages, WindowRequestName, WindowRequests } from './ipc-contract.ts'
import { PAGE_ORIGIN } from './page-address.ts'

/** Answers the windows' requests. Anything but the top frame of our own page gets an error without a reason. */
export function answerRequests(answers: WindowRequests): void {
  for (const name of Object.keys(answers) as WindowRequestName[])
    ipcMain.handle(name, (event, asked: unknown) => {
      if (!isOurPage(event)) throw new Error('not allowed')
      return answers[name](asked)
    })
}

export function tellWindow<Name extends keyof WindowMessages>(
  contents: WebContents,
  name: Name,
  message: WindowMessages[Name],
): void {
  contents.send(name, message)
}

function isOurPage({ senderFrame, sender }: IpcMainInvokeEvent): boolean {
  // A frame that navigated away while it asked is null: nobody to answer.
  return senderFrame !== null && senderFrame === sender.mainFrame && senderFrame.url.startsWith(`${PAGE_ORIGIN}/`)
}
