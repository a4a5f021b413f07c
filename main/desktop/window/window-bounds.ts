/** A rectangle of the desktop, in density-independent pixels. */
export interface Bounds {
  x: number
  y: number
  width: number
  height: number
}

const DEFAULT_SIZE = { width: 1200, height: 820 }
export const SMALLEST_SIZE = { width: 760, height: 520 }
/** So much of the title bar has to be in sight that a hand can take hold of it. */
const GRIP = { width: 120, height: 40 }

/**
 * Where the window opens: where it was, if a part of it that can be grasped is still on a display, else in the middle
 * of the first one (null position). `workAreas`: what the displays offer beside panels and docks.
 */
export function placeWindow(saved: Bounds | null, workAreas: Bounds[]): Partial<Bounds> & typeof DEFAULT_SIZE {
  const first = workAreas[0]
  const width = Math.min(saved?.width ?? DEFAULT_SIZE.width, first?.width ?? DEFAULT_SIZE.width)
  const height = Math.min(saved?.height ?? DEFAULT_SIZE.height, first?.height ?? DEFAULT_SIZE.height)
  const size = { width: Math.max(width, SMALLEST_SIZE.width), height: Math.max(height, SMALLEST_SIZE.height) }
  const home = saved === null ? undefined : workAreas.find((area) => isGraspable(saved, area))
  if (saved === null || home === undefined) return size
  return {
    x: saved.x,
    y: saved.y,
    width: Math.max(saved.width, SMALLEST_SIZE.width),
    height: Math.max(saved.height, SMALLEST_SIZE.height),
  }
}

function isGraspable(window: Bounds, area: Bounds): boolean {
  const overlapX = Math.min(window.x + window.width, area.x + area.width) - Math.max(window.x, area.x)
  const isTopInside = window.y >= area.y && window.y + GRIP.height <= area.y + area.height
  return overlapX >= GRIP.width && isTopInside
}
