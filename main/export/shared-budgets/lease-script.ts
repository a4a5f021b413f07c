/**
 * The server's side of a shared budget: one atomic step that takes in what a gateway reports and leases what is left.
 * A hash per budget and window has a row per gateway: `seq spent held upTo until seen raised`. Everything that a gateway
 * says is a total, and a request that was seen already, or comes late, changes nothing. What counts of a gateway:
 *
 * - while its lease runs: the larger of its lease and of what it has spent and holds;
 * - for as long again, what it had spent and held; after that what it had spent.
 *
 * Times are the server's own. A server that has lost its state (the key of its beginning is gone, or it no longer knows
 * a request that it answered) takes reports and leases nothing for a while, so that every gateway can report first.
 */
export const LEASE_SCRIPT = `
local function number(at) return tonumber(ARGV[at]) end
local function whole(value) return string.format('%.0f', value) end
local me, seq, acked = ARGV[1], number(2), number(3)
local spent, held, keep, need, want = number(4), number(5), number(6), number(7), number(8)
local limit, raised, leaseMs, recoveryMs = number(9), number(10), number(11), number(12)
local startMs, endMs, spanMs = number(13), number(14), number(15)
local SKEW_MS, DAY_MS = 60000, 86400000

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)

local rows, mine = {}, nil
local flat = redis.call('HGETALL', KEYS[1])
for at = 1, #flat, 2 do
  local row = {}
  for word in string.gmatch(flat[at + 1], '%S+') do row[#row + 1] = tonumber(word) end
  if flat[at] == me then mine = row else rows[#rows + 1] = row end
end

local began = tonumber(redis.call('GET', KEYS[2]) or '')
local lost = acked > 0 and (mine == nil or mine[1] < acked)
if began == nil or lost then
  began = now
  redis.call('SET', KEYS[2], whole(now))
end
local recovering = now < began + recoveryMs

local spentElsewhere, leasedElsewhere, raisedElsewhere, machines, live = 0, 0, 0, 0, 0
for _, row in ipairs(rows) do
  local counted = row[2]
  if now < row[5] then
    counted = math.max(row[4], row[2] + row[3])
    live = live + 1
  elseif now < row[5] + leaseMs then
    counted = row[2] + row[3]
  end
  if spanMs > 0 and now > row[6] + spanMs then
    counted = 0
  else
    spentElsewhere = spentElsewhere + row[2]
    machines = machines + 1
  end
  leasedElsewhere = leasedElsewhere + counted
  raisedElsewhere = raisedElsewhere + row[7]
end

local stale = 0
local upTo
if mine ~= nil and seq <= mine[1] then
  stale = 1
  upTo = mine[4]
else
  local used = spent + held
  local kept = used
  if mine ~= nil and now < mine[5] then kept = math.min(keep, mine[4]) elseif recovering then kept = keep end
  kept = math.max(kept, used)
  local left = limit + raised + raisedElsewhere - leasedElsewhere - kept
  local current = now >= startMs - SKEW_MS and now < endMs + SKEW_MS
  if current and not recovering then
    local more = 0
    local needed = used + need - kept
    if needed > 0 then
      if needed <= left then more = needed else
        left = left + kept - used
        kept = used
      end
    end
    local wanted = math.min(used + want - kept, math.floor(left / (2 * (live + 1))))
    if need == 0 or more > 0 then more = math.max(more, wanted) end
    more = math.max(0, math.min(more, left))
    kept = kept + more
  end
  upTo = kept
  mine = { seq, spent, held, upTo, now + leaseMs, now, raised }
  local words = {}
  for at = 1, 7 do words[at] = whole(mine[at]) end
  redis.call('HSET', KEYS[1], me, table.concat(words, ' '))
  redis.call('PEXPIREAT', KEYS[1], whole((spanMs > 0 and now + spanMs or math.max(endMs, now)) + DAY_MS))
end
local left = limit + raised + raisedElsewhere - leasedElsewhere - upTo
return { whole(mine[1]), stale, whole(upTo), whole(spentElsewhere), whole(leasedElsewhere), whole(raisedElsewhere),
  machines, whole(left), recovering and 1 or 0, whole(now) }
`
