import { expect, test } from 'vitest'
import { findRow, hexAddress, rowKeys } from '../../../main/platform/process/linux-socket-table.ts'

// Rows as a little-endian kernel prints them: the server's own side, the client's, a listener, an orphan.
const TCP = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:102D 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 111 1 0000000000000000 100 0 0 10 0
   1: 0100007F:102D 0100007F:D431 01 00000000:00000000 00:00000000 00000000  1000        0 222 1 0000000000000000 20 4 30 10 -1
   2: 0100007F:D431 0100007F:102D 01 00000000:00000000 02:000A7B00 00000000  1001        0 333 2 0000000000000000 20 4 30 10 -1
   3: 0100007F:D432 0100007F:102D 06 00000000:00000000 03:00001770 00000000     0        0 0 3 0000000000000000
`
const TCP6 = `   0: 0000000000000000FFFF00000100007F:D433 0000000000000000FFFF00000100007F:102D 01 00000000:00000000 00:00000000 00000000  1000        0 444 1 0
   1: 00000000000000000000000001000000:D434 00000000000000000000000001000000:102D 01 00000000:00000000 00:00000000 00000000  1000        0 555 1 0`
const find = (remoteAddress: string, remotePort: number, localAddress = remoteAddress) =>
  findRow([TCP, TCP6], rowKeys({ remoteAddress, remotePort, localAddress, localPort: 4141 }))

test.runIf(hexAddress('127.0.0.1') === '0100007F')("takes the client's own row, in either table", () => {
  expect(find('127.0.0.1', 0xd431)).toEqual({ inode: '333', uid: 1001 })
  expect(find('::ffff:127.0.0.1', 0xd431)).toEqual({ inode: '333', uid: 1001 })
  expect(find('127.0.0.1', 0xd433)).toEqual({ inode: '444', uid: 1000 })
  expect(find('::1', 0xd434)).toEqual({ inode: '555', uid: 1000 })
})

test('a connection without an owner, and one of another address, have no row', () => {
  expect(find('127.0.0.1', 0xd432)).toBeNull()
  expect(find('127.0.0.2', 0xd431, '127.0.0.1')).toBeNull()
  expect(
    findRow(['', ''], rowKeys({ remoteAddress: '127.0.0.1', remotePort: 1, localAddress: '127.0.0.1', localPort: 2 })),
  ).toBeNull()
})

test('addresses are words of the machine', () => {
  expect(hexAddress('::ffff:1.2.3.4')).toBe(hexAddress('::ffff:102:304'))
  expect(hexAddress('fe80::1').length).toBe(32)
  expect(hexAddress('2001:db8:1:2:3:4:5:6')).toMatch(/^(?:B80D01200200010004000300|20010DB80001000200030004)/)
})
