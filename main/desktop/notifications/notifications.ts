import { Notification } from 'electron'

export interface NotificationText {
  title: string
  body: string
  isUrgent: boolean
}

/** Held while they are on screen: one that is collected as garbage no longer answers a click. */
const onScreen = new Set<Notification>()
/** A desktop without a daemon never closes one. */
const MAX_ON_SCREEN = 20

/** Shows a notification of the system. Where there is none, the notification centre of the window has the notice anyway. */
export function showNotification({ title, body, isUrgent }: NotificationText, onClick: () => void): void {
  if (!Notification.isSupported()) return
  const notification = new Notification({ title, body, urgency: isUrgent ? 'critical' : 'normal' })
  const forget = () => onScreen.delete(notification)
  notification.on('click', () => {
    forget()
    onClick()
  })
  notification.on('close', forget)
  notification.on('failed', forget)
  if (onScreen.size >= MAX_ON_SCREEN) onScreen.delete([...onScreen][0] as Notification)
  onScreen.add(notification)
  notification.show()
}
