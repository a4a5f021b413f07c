import {
  Activity,
  AlertTriangle,
  ArrowUpRight,
  Bell,
  Check,
  CircleDollarSign,
  Copy,
  Gauge,
  Hourglass,
  Info,
  type LucideIcon,
  OctagonX,
  Pencil,
  Plus,
  Settings,
  Trash2,
  Undo2,
  Pause,
  Play,
  RefreshCw,
  ScrollText,
  Search,
  Unplug,
  X,
} from 'lucide-react'

const ICONS = {
  overview: Gauge,
  calls: Activity,
  spend: CircleDollarSign,
  policy: ScrollText,
  notices: Bell,
  stop: OctagonX,
  warn: AlertTriangle,
  info: Info,
  ask: Hourglass,
  pause: Pause,
  resume: Play,
  refresh: RefreshCw,
  search: Search,
  close: X,
  copy: Copy,
  done: Check,
  raise: ArrowUpRight,
  unplugged: Unplug,
  add: Plus,
  edit: Pencil,
  remove: Trash2,
  undo: Undo2,
  settings: Settings,
} satisfies Record<string, LucideIcon>

export type IconName = keyof typeof ICONS

/** Decoration: what it means is always said in words beside it, so a screen reader skips it. */
export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  const Drawing = ICONS[name]
  return <Drawing className="icon" size={size} strokeWidth={1.75} aria-hidden="true" focusable="false" />
}
