import { describe, expect, it } from 'vitest'
import { placeWindow } from '../../../main/desktop/window/window-bounds.ts'

const laptop = { x: 0, y: 30, width: 1440, height: 870 }
const beside = { x: 1440, y: 0, width: 1920, height: 1080 }

describe('where the window opens', () => {
  it('has a size of its own the first time, and the system chooses the place', () => {
    expect(placeWindow(null, [laptop])).toEqual({ width: 1200, height: 820 })
  })

  it('is where it was', () => {
    const saved = { x: 1600, y: 100, width: 900, height: 700 }
    expect(placeWindow(saved, [laptop, beside])).toEqual(saved)
  })

  it('comes back when its display is gone', () => {
    expect(placeWindow({ x: 1600, y: 100, width: 1600, height: 700 }, [laptop])).toEqual({ width: 1440, height: 700 })
  })

  it('comes back when its title bar is above the display', () => {
    expect(placeWindow({ x: 100, y: -200, width: 900, height: 700 }, [laptop])).not.toHaveProperty('x')
  })

  it('comes back when only a sliver is in sight', () => {
    expect(placeWindow({ x: 1400, y: 100, width: 900, height: 700 }, [laptop])).not.toHaveProperty('x')
  })

  it('is never smaller than the dashboard needs', () => {
    expect(placeWindow({ x: 0, y: 30, width: 10, height: 10 }, [laptop])).toMatchObject({ width: 760, height: 520 })
  })
})
