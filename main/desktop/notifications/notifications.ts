import { Notification } from 'electron'

export interface NotificationText {
  title: string
  body: string
  isUrgent: boolean
  /** What can be done about it, where the system shows buttons (macOS); a click on the rest opens the first of them. */
  actions?: readonly NotificationAction[]
}

export interface NotificationAction {
  label: string
  /** The screen that it opens: `#/overview?raise`. */
  hash: string
}

/** Held while they are on screen: one that is collected as garbage no longer answers a click. */
const onScreen = new Set<Notification>()
/** A desktop without a daemon never closes one. */
const MAX_ON_SCREEN = 20

/** Shows a notification of the system. Where there is none, the notification centre of the window has the notice anyway. */
export function showNotification(
  { title, body, isUrgent, actions = [] }: NotificationText,
  open: (hash: string) => void,
): void {
  if (!Notification.isSupported()) return
  const notification = new Notification({
    title,
    body,
    urgency: isUrgent ? 'critical' : 'normal',
    actions: actions.map(({ label }) => ({ type: 'button' as const, text: label })),
  })
  const forget = () => onScreen.delete(notification)
  notification.on('click', () => {
    forget()
    open(actions[0]?.hash ?? '#/notices')
  })
  notification.on('action', (_event, index) => {
    forget()
    open(actions[index]?.hash ?? '#/notices')
  })
  notification.on('close', forget)
  notification.on('failed', forget)
  if (onScreen.size >= MAX_ON_SCREEN) onScreen.delete([...onScreen][0] as Notification)
  onScreen.add(notification)
  notification.show()
}
