#!lua name=stampede_@hash@
--[[
The proposing half of the write path: one account, one Redis hash, one atomic call.

`@hash@` is replaced by the content's hash when the library is loaded, so that two versions of it run
side by side. Every function takes KEYS[1] = the account's hash and touches no other key.

Fields of the hash
  f            "<image format> <epoch>"; anything but the caller's own counts as not loaded
  i            the image, canonical JSON (see `encode`); its sha1 is the digest that Postgres compares
  s            "<version> <id>" of the newest sealed operation
  g            tag of the connection that proposed last
  h            version of the image
  a            the member's attributes, JSON; the image has their sha1
  u<version>   a proposal that is not sealed yet: "<id> <tag>\n<operation>\n<decision>\n<image>"
  k:<key>      "<version> <id>": an idempotency key that was used
  t:<id>       "<version> <what>", where that version left of an operation: "<reversed so far> <1 if voided>",
               or how a hold ended: captured, voided, expired, or undone (it, or the call that made it,
               was voided by key)
  l            the version from which on the t: fields say all that there is to say: that of the load, or of the last rewind
  v<version>   the key of that version, and
  e<version>   the ids whose t: fields it left: what is forgotten MAX_KEYS versions later, when it is
               sealed for certain, and facts that are older than that are refused as moved

Functions, ARGV and results
  propose   operation (JSON), tag, now (ms), format and epoch, facts (JSON or ''), '1' for a dry run
            -> {'proposed', others' unsealed proposals ..., the new one}   decided; a decline is decided too
             | {'would', proposal}           what a dry run would have proposed
             | {'known', version, id, others' unsealed proposals ...}   the key was used before
             | {'load'}                      no image here that can be used
             | {'target'}                    the hold is not in the image: pass facts
             | {'day', at}                   at that time (ms) the operation's days no longer hold: make it again for then
             | {'moved'}                     the facts were read at another state: read them again
             | {'pending', version, id, others' unsealed proposals ...}  the key to void is used by an
                                             operation that the facts don't know yet: seal it first
             | {'busy', the oldest unsealed proposals ...}   too many unsealed operations
             | {'refused', code}             refused without a trace (account_not_found)
             | {'unchanged', image}          nothing to do: enrolled already, nothing lapsed
             | {'broken', message}           the image makes no sense
  load      format and epoch, image, version, head, attributes, ttl (ms), then key, version, id triples
            -> 1 stored, 0 there was one, n > 1 stored instead of one that was sealed up to version n - 1,
               which is more: history was lost, or sealed since it was read
  sealed    version, id, ttl (ms), channel, message to publish there -> 1 noted, 0 not an unsealed operation of this image
  rewind    format and epoch, version and id of an operation that was refused for good, then the sealed state before
            it: image, version, head, attributes, ttl (ms); and an operation whose t: field was wrong, or ''
            -> 1 rewound: the operation and all that rest on it are gone, all else is still known
             | 0 the operation is not there, or is not what follows on that state
  discard   version, id, key or '' -> 1 discarded, 0 the image does not contain that operation, nor does
                                     it say that the key was used by it
  unsealed  format and epoch, tag -> {version, id of the sealed head, unsealed proposals of other tags ...}
             | {'load'} | {'broken', message}

Amounts are integers below 2^53, so that doubles hold them exactly. A day is a number of days since
1970-01-01, a time is milliseconds since then. Everything is checked before the first write: scripts
don't roll back.
]]

local DAY = 86400000
local MAX_POINTS = 9000000000000000
local MAX_UNSEALED = 1000
local MAX_HELP = 100
local MAX_KEYS = MAX_UNSEALED -- no less: what is not sealed yet must not be forgotten
local MAX_HOLDS = 100
local MAX_EXPIRED = 60

-- Canonical JSON ----------------------------------------------------------------------------------

-- cjson writes numbers with 14 digits: too few.
local function int(n)
  return string.format('%d', n)
end

local function encode_rows(rows, encode_row)
  local n = #rows
  if n == 0 then
    return '[]'
  elseif n == 1 then
    return '[' .. encode_row(rows[1]) .. ']'
  end
  local out = {}
  for i = 1, n do
    out[i] = encode_row(rows[i])
  end
  return '[' .. table.concat(out, ',') .. ']'
end

local function encode_lot(lot)
  if lot[3] then
    return string.format('[%d,%d,%d]', lot[1], lot[2], lot[3])
  end
  return string.format('[%d,%d]', lot[1], lot[2])
end

local function encode_lots(lots)
  return encode_rows(lots, encode_lot)
end

local function encode_maturing(row)
  return string.format('[%d,%d,%d]', row[1], row[2], row[3])
end

local function encode_hold(hold)
  local grace = hold[5] and ',' .. int(hold[5]) or ''
  return string.format('["%s",%d,%d,%s%s]', hold[1], hold[2], hold[3], encode_lots(hold[4]), grace)
end

local function encode(a)
  return string.format('{"head":"%s","version":%d,"at":%d,"enrolled":%s,"frozen":%s,"available":%d,"held":%d,'
      .. '"pending":%d,"debt":%d,"lifetime":%d,"lots":%s,"maturing":%s,"holds":%s%s%s}',
    a.head, a.version, a.at, tostring(a.enrolled), tostring(a.frozen), a.available, a.held,
    a.pending, a.debt, a.lifetime, encode_lots(a.lots), encode_rows(a.maturing, encode_maturing),
    encode_rows(a.holds, encode_hold), #a.expired > 0 and ',"expired":' .. encode_lots(a.expired) or '',
    a.attributes and ',"attributes":"' .. a.attributes .. '"' or '')
end

local function encode_entry(e)
  return string.format('["%s",%d,%d,%d,%d,%d,%d,%d,%d,%s]', e.type, e.available, e.held, e.pending, e.debt,
    e.available_after, e.held_after, e.pending_after, e.debt_after, encode_lots(e.lots))
end

local function encode_decision(d)
  local text = string.format('{"prev":"%s","digest":"%s","version":%d,"at":%d,"outcome":"%s","points":%d,"lapsed":%s,"entries":%s',
    d.prev, d.digest, d.version, d.at, d.outcome, d.points, tostring(d.lapsed), encode_rows(d.entries, encode_entry))
  if d.hold then
    text = string.format('%s,"hold":{"id":"%s","points":%d,"captured":%d,"state":"%s","expiresAt":%d}',
      text, d.hold.id, d.hold.points, d.hold.captured, d.hold.state, d.hold.expires)
  end
  if d.created then
    text = text .. ',"created":true'
  end
  if d.target then
    text = string.format('%s,"target":"%s","reversedBefore":%d,"reversed":%d', text, d.target, d.reversed_before, d.reversed)
  end
  if d.basis then
    text = string.format('%s,"basis":"%s","rests":"%s"', text, d.basis, d.rests)
  end
  return text .. '}'
end

-- Lots --------------------------------------------------------------------------------------------

-- Lots are {day, points} rows, soonest first. A third number is the day that their earn gave them, where
-- grace has made it a later one: there is one row for each two such days.
local function given(lot)
  return lot[3] or lot[1]
end

local function add_lot(lots, day, points, first)
  if points == 0 then
    return
  end
  first = first or day
  local row = {day, points, first ~= day and first or nil}
  for i = 1, #lots do
    local lot = lots[i]
    if lot[1] == day and given(lot) == first then
      lot[2] = lot[2] + points
      return
    elseif lot[1] > day or (lot[1] == day and given(lot) > first) then
      table.insert(lots, i, row)
      return
    end
  end
  lots[#lots + 1] = row
end

-- Takes up to `points` out of the lots, soonest first; returns what was taken and how much it was.
local function take(lots, points)
  local taken, left = {}, points
  while left > 0 and lots[1] do
    local lot = lots[1]
    local part = math.min(left, lot[2])
    taken[#taken + 1] = {lot[1], part, lot[3]}
    left = left - part
    if part == lot[2] then
      table.remove(lots, 1)
    else
      lot[2] = lot[2] - part
    end
  end
  return taken, points - left
end

local function negative(lots)
  local out = {}
  for i = 1, #lots do
    out[i] = {lots[i][1], -lots[i][2], lots[i][3]}
  end
  return out
end

-- Points that come back get the later of the day they had and that of the grace, if there is one.
local function graced(lots, grace)
  local out = {}
  for i = 1, #lots do
    local lot = lots[i]
    add_lot(out, math.max(lot[1], grace or 0), lot[2], given(lot))
  end
  return out
end

local function lapsed_lot(day, at)
  return at >= (day + 1) * DAY
end

-- Movements: each change of a bucket is an entry ----------------------------------------------------

local function move(a, entries, kind, change, lots)
  local e = {
    type = kind, lots = lots,
    available = change.available or 0, held = change.held or 0,
    pending = change.pending or 0, debt = change.debt or 0}
  a.available = a.available + e.available
  a.held = a.held + e.held
  a.pending = a.pending + e.pending
  a.debt = a.debt + e.debt
  e.available_after, e.held_after, e.pending_after, e.debt_after = a.available, a.held, a.pending, a.debt
  entries[#entries + 1] = e
end

-- Nobody has points available and a debt at once: whatever is available pays.
local function settle(a, entries)
  local paid = math.min(a.debt, a.available)
  if paid > 0 then
    move(a, entries, 'payoff', {available = -paid, debt = -paid}, negative((take(a.lots, paid))))
  end
end

-- Points become available: the one way into the lots.
local function arrive(a, entries, kind, change, lots)
  move(a, entries, kind, change, lots)
  for i = 1, #lots do
    add_lot(a.lots, lots[i][1], lots[i][2], lots[i][3])
  end
  settle(a, entries)
end

-- What expired unspent are {day, points} rows by the day that the earn gave, oldest first: an earn that is reversed
-- later does not take it a second time. Past MAX_EXPIRED days the two oldest become one, for the days from the third
-- number to the first.
local function note_expired(rows, day, points)
  local at = #rows + 1
  for i = #rows, 1, -1 do
    if day > rows[i][1] then
      break
    elseif day >= given(rows[i]) then
      rows[i][2] = rows[i][2] + points
      return
    end
    at = i
  end
  table.insert(rows, at, {day, points})
  if #rows > MAX_EXPIRED then
    local oldest = table.remove(rows, 1)
    rows[1] = {rows[1][1], rows[1][2] + oldest[2], given(oldest)}
  end
end

-- Up to `points` of what expired of that day's; returns how many.
local function take_expired(rows, day, points)
  for i = 1, #rows do
    local row = rows[i]
    if given(row) <= day and day <= row[1] then
      local part = math.min(points, row[2])
      row[2] = row[2] - part
      if row[2] == 0 then
        table.remove(rows, i)
      end
      return part
    end
  end
  return 0
end

local function expire(a, at, entries)
  while a.lots[1] and lapsed_lot(a.lots[1][1], at) do
    local lot = table.remove(a.lots, 1)
    move(a, entries, 'expire', {available = -lot[2]}, negative({lot}))
    note_expired(a.expired, given(lot), lot[2])
  end
end

-- What time alone has done up to `at`: holds that ran out, points that matured, lots that expired. An account that an
-- earlier release left with both pays its debt now.
local function lapse(a, at, entries, ended)
  settle(a, entries)
  local holds = {}
  for i = 1, #a.holds do
    local hold = a.holds[i]
    if hold[3] <= at then
      arrive(a, entries, 'release', {available = hold[2], held = -hold[2]}, graced(hold[4], hold[5]))
      ended[#ended + 1] = {hold[1], 'expired'}
    else
      holds[#holds + 1] = hold
    end
  end
  a.holds = holds
  while a.maturing[1] and at >= a.maturing[1][1] * DAY do
    local row = table.remove(a.maturing, 1)
    arrive(a, entries, 'mature', {available = row[3], pending = -row[3]}, {{row[2], row[3]}})
  end
  expire(a, at, entries)
end

-- Maturing rows are {day they mature, day of their lot, points}, in that order.
local function add_maturing(rows, matures, day, points)
  for i = 1, #rows do
    local row = rows[i]
    if row[1] == matures and row[2] == day then
      row[3] = row[3] + points
      return
    elseif row[1] > matures or (row[1] == matures and row[2] > day) then
      table.insert(rows, i, {matures, day, points})
      return
    end
  end
  rows[#rows + 1] = {matures, day, points}
end

local function find_hold(a, id)
  for i = 1, #a.holds do
    if a.holds[i][1] == id then
      return a.holds[i], i
    end
  end
end

-- Gives back `points` of a redeem or capture: the lots that it consumed last come back first. `skip` points
-- were given back before.
local function give_back(a, at, op, target, entries, skip, points)
  local lots, left = {}, points
  for i = #target.lots, 1, -1 do
    local lot = target.lots[i]
    local skipped = math.min(skip, lot[2])
    skip = skip - skipped
    local part = math.min(left, lot[2] - skipped)
    add_lot(lots, lot[1], part, given(lot))
    left = left - part
  end
  arrive(a, entries, 'reverse', {available = points}, graced(lots, op.graceOn))
  expire(a, at, entries)
end

-- Takes back `points` of an earn: what is still pending, then what is left of its own lot, then, without a movement,
-- what of it expired, then soonest first. What is missing becomes debt, or is forgiven as far as it was spent: points
-- on hold are not.
local function claw_back(a, op, target, entries, points)
  local left, lots, pending = points, {}, 0
  for i = 1, #a.maturing do
    local row = a.maturing[i]
    if row[1] == target.matures and row[2] == target.on then
      pending = math.min(left, row[3])
      row[3] = row[3] - pending
      if row[3] == 0 then
        table.remove(a.maturing, i)
      end
      left = left - pending
      break
    end
  end
  add_lot(lots, target.on, pending)
  local others, own = {}, {}
  for i = 1, #a.lots do
    local lot = a.lots[i]
    local rows = given(lot) == target.on and own or others
    rows[#rows + 1] = lot
  end
  local available = 0
  local function take_of(rows)
    local taken, sum = take(rows, left)
    for i = 1, #taken do
      add_lot(lots, taken[i][1], taken[i][2], taken[i][3])
    end
    available, left = available + sum, left - sum
  end
  take_of(own)
  left = left - take_expired(a.expired, target.on, left)
  take_of(others)
  a.lots = others
  for i = 1, #own do
    add_lot(a.lots, own[i][1], own[i][2], own[i][3])
  end
  a.lifetime = math.max(0, a.lifetime - points)
  local debt = op.clawback == 'debt' and left or math.min(left, math.max(0, a.held - a.debt))
  move(a, entries, 'reverse', {available = -available, pending = -pending, debt = debt}, negative(lots))
end

-- Deciding: one function an operation. Each answers nil when it is done, or the code of its refusal ---

local decide = {}

-- `s` is the state of one decision: image a, operation op, time at, entries, result d, what is known of
-- the operation it acts on (target: facts, counter: {reversed, voided, undone} or state), holds that ended.

function decide.enrol(s)
  -- whoever sets attributes may say on which head: what he has read is not overwritten unseen
  if s.op.target and s.op.target ~= s.d.prev then
    return 'precondition_failed'
  end
  s.d.created = not s.a.enrolled
  s.a.enrolled = true
  if s.op.attributes then
    s.a.attributes = redis.sha1hex(s.op.attributes)
  end
end

function decide.freeze(s)
  s.a.frozen = true
end

function decide.unfreeze(s)
  s.a.frozen = false
end

function decide.lapse(s)
end

function decide.earn(s)
  local a, op = s.a, s.op
  if a.available + a.held + a.pending + op.points > MAX_POINTS or a.lifetime + op.points > MAX_POINTS then
    return 'limit_exceeded'
  end
  s.d.created = not a.enrolled
  a.enrolled = true
  a.lifetime = a.lifetime + op.points
  if op.matures then
    if op.points > 0 then
      add_maturing(a.maturing, op.matures, op.on, op.points)
    end
    move(a, s.entries, 'earn', {pending = op.points}, {{op.on, op.points}})
  else
    arrive(a, s.entries, 'earn', {available = op.points}, {{op.on, op.points}})
  end
end

function decide.redeem(s)
  local a, op = s.a, s.op
  if a.available < op.points then
    return 'insufficient_points'
  end
  local taken = take(a.lots, op.points)
  move(a, s.entries, 'redeem', {available = -op.points}, negative(taken))
end

function decide.hold(s)
  local a, op = s.a, s.op
  if #a.holds >= MAX_HOLDS then
    return 'limit_exceeded'
  end
  if a.available < op.points then
    return 'insufficient_points'
  end
  local taken = take(a.lots, op.points)
  local expires = s.at + op.ttlSeconds * 1000
  a.holds[#a.holds + 1] = {op.id, op.points, expires, taken, op.graceOn}
  move(a, s.entries, 'hold', {available = -op.points, held = op.points}, negative(taken))
  s.d.hold = {id = op.id, points = op.points, captured = 0, state = 'held', expires = expires}
end

local ENDED = {captured = 'hold_captured', voided = 'hold_voided', expired = 'hold_expired', undone = 'voided'}

local function close_hold(s, hold, index, captured, state)
  local a, d = s.a, s.d
  table.remove(a.holds, index)
  local rest = hold[4]
  if captured > 0 then
    local taken = take(rest, captured)
    move(a, s.entries, 'capture', {held = -captured}, negative(taken))
  end
  if hold[2] > captured then
    local points = hold[2] - captured
    arrive(a, s.entries, 'release', {available = points, held = -points}, graced(rest, s.op.graceOn))
    expire(a, s.at, s.entries)
  end
  s.ended[#s.ended + 1] = {hold[1], state}
  d.hold = {
    id = hold[1], points = hold[2], captured = captured, state = captured > 0 and 'captured' or 'voided',
    expires = hold[3]}
  d.target, d.reversed_before, d.reversed = hold[1], 0, hold[2]
end

function decide.capture(s)
  local hold, index = find_hold(s.a, s.op.hold)
  if not hold then
    return ENDED[s.counter] or 'hold_expired'
  end
  local points = s.op.points or hold[2]
  if points > hold[2] then
    return 'insufficient_points'
  end
  close_hold(s, hold, index, points, 'captured')
end

-- Undoes `points` of the target.
local function undo(s, points)
  local a, target = s.a, s.target
  if points > 0 and target.type == 'earn' then
    claw_back(a, s.op, target, s.entries, points)
  elseif points > 0 then
    give_back(a, s.at, s.op, target, s.entries, s.counter.reversed, points)
  end
  s.d.target, s.d.reversed_before, s.d.reversed = target.id, s.counter.reversed, points
end

local function too_many(a, target, points)
  return target.type ~= 'earn' and a.available + a.held + a.pending + points > MAX_POINTS
end

-- An earn of 0 points is a success like any other: it can be reversed, once.
local function earned_nothing(target)
  return target.type == 'earn' and not target.declined and target.points == 0
end

function decide.reverse(s)
  local target, counter = s.target, s.counter
  if target.type == 'hold' then
    return 'reverse_exceeds_original' -- nothing was spent by it; its end is a capture or a void
  end
  if counter.voided then
    return 'voided'
  end
  local rest = target.points - counter.reversed
  local of_nothing = earned_nothing(target)
  if rest == 0 and (target.points > 0 or (of_nothing and counter.undone)) then
    return 'already_reversed'
  end
  local points = s.op.points or rest
  if points > rest or (points == 0 and not of_nothing) then
    return 'reverse_exceeds_original'
  end
  if too_many(s.a, target, points) then
    return 'limit_exceeded'
  end
  undo(s, points)
end

-- Of a hold by its id (op.hold), or of a call by its key (op.voids).
function decide.void(s)
  local a, op, target = s.a, s.op, s.target
  if op.hold then
    local hold, index = find_hold(a, op.hold)
    if not hold then
      return ENDED[s.counter] or 'hold_expired'
    end
    close_hold(s, hold, index, 0, 'voided')
    return
  end
  -- a tombstone whose void was not sealed with it is voided by whoever asks again
  if target.type == 'void' or (target.type == 'tombstone' and s.counter.voided) then
    return 'voided'
  end
  if target.type == 'reverse' then
    return 'already_reversed'
  end
  if target.type == 'hold' and not target.declined then
    local hold, index = find_hold(a, target.id)
    if hold then
      close_hold(s, hold, index, 0, 'undone')
    elseif s.counter == 'captured' then
      return 'hold_captured'
    elseif s.counter == 'undone' then
      return 'voided'
    else
      local before = s.counter == 'expired' and 0 or target.points
      s.d.target, s.d.reversed_before, s.d.reversed = target.id, before, 0
      s.ended[#s.ended + 1] = {target.id, 'undone'}
    end
    return
  end
  if s.counter.voided then
    return 'voided'
  end
  if earned_nothing(target) and s.counter.undone then
    return 'already_reversed' -- of nothing there is no rest, and the ledger has one undoing of each rest
  end
  local rest = target.points - s.counter.reversed
  if too_many(a, target, rest) then
    return 'limit_exceeded'
  end
  undo(s, rest)
end

-- Proposing ---------------------------------------------------------------------------------------

local ALWAYS = {enrol = true, freeze = true, unfreeze = true, lapse = true}

-- The unsealed proposals that `tag` has not seen: those behind its own newest one. The newest one must
-- have left the image that is there. Each gateway is told of each once, so that `tag` knows what its own rest on.
local function unseen(key, image, tag, newest, sealed, last_tag, out)
  if last_tag == tag then
    return out
  end
  local first = newest + 1
  local texts = {}
  for version = newest, sealed + 1, -1 do
    local text = redis.call('HGET', key, 'u' .. int(version))
    if not text then
      error('no proposal of version ' .. int(version))
    end
    if version == newest and string.sub(text, -#image) ~= image then
      error('the image is not what its newest proposal left')
    end
    local line = string.sub(text, 1, string.find(text, '\n', 1, true) - 1)
    if string.sub(line, 38) == tag then
      break
    end
    texts[version], first = text, version
  end
  for version = first, newest do
    out[#out + 1] = texts[version]
  end
  return out
end

-- The oldest unsealed proposals, for a gateway that proposes nothing on them: it must not cost more than one that does.
-- None if the newest one is its own: then it is sealing them.
local function oldest(key, tag, newest, sealed, last_tag, out)
  if last_tag == tag then
    return out
  end
  for version = sealed + 1, math.min(newest, sealed + MAX_HELP) do
    out[#out + 1] = redis.call('HGET', key, 'u' .. int(version)) or error('no proposal of version ' .. int(version))
  end
  if newest > sealed + MAX_HELP and string.find(out[#out], '"type":"tombstone"', 1, true) then
    out[#out + 1] = redis.call('HGET', key, 'u' .. int(sealed + MAX_HELP + 1)) -- it goes with its void
  end
  return out
end

local function version_and_id(text)
  local space = string.find(text, ' ', 1, true)
  return tonumber(string.sub(text, 1, space - 1)), string.sub(text, space + 1)
end

-- Is the operation `id` of that version part of the image's history, and has each one since then left its t: field?
-- It is the sealed head, or listed as unsealed, or its key is remembered.
local function in_chain(key, sealed, version, id)
  local name = int(version)
  if sealed == name .. ' ' .. id then
    return true
  end
  local f = redis.call('HMGET', key, 'u' .. name, 'l', 'v' .. name)
  if f[1] then
    return string.sub(f[1], 1, 36) == id
  end
  return f[2] and f[3] and version >= tonumber(f[2]) and redis.call('HGET', key, 'k:' .. f[3]) == name .. ' ' .. id
end

-- What is known here of the operation that this one acts on: a hold's state, or {reversed, voided, undone: whether
-- anything has undone it, be it of nothing}, and `text`, all three as Postgres' state_of tells them; or nil and why not.
local function counter_of(key, op, facts, sealed)
  local id = op.hold or facts.id
  local left = redis.call('HGET', key, 't:' .. id)
  local text = left and string.match(left, '^%d+ (.+)$')
  if text and facts and sealed == int(facts.headVersion) .. ' ' .. facts.head
      and redis.call('HGET', key, 'h') == int(facts.headVersion) then
    text = nil -- the facts are of this very image, and true
  end
  local of_facts = not text
  if of_facts then
    if not facts then
      return nil, 'target'
    end
    if not in_chain(key, sealed, facts.headVersion, facts.head) then
      return nil, 'moved'
    end
    text = facts.state and (facts.voided and 'undone' or facts.state) or (int(facts.reversed) .. ' ' .. (facts.voided and '1' or '0'))
  end
  local reversed, voided = string.match(text, '^(%d+) ([01])$')
  if reversed and op.hold then
    return nil, 'target' -- no hold, but something else that was undone: the facts say what
  end
  if reversed then
    local undone = not of_facts or facts.undone or reversed ~= '0' or voided == '1'
    return {
      reversed = tonumber(reversed), voided = voided == '1', undone = undone,
      text = text .. (undone and ' 1' or ' 0')}
  end
  if text == 'open' then
    -- Postgres knows it as open, the image doesn't have it: one of them is behind
    return nil, 'moved'
  end
  return text
end

local function new_state(text, op, now)
  local a = cjson.decode(text)
  a.expired = a.expired or {}
  return {
    a = a, op = op, at = math.max(now, a.at), entries = {}, ended = {},
    d = {prev = a.head, digest = redis.sha1hex(text), version = a.version + 1, outcome = 'ok'}}
end

-- The state after a refusal: the image as it was, but for the head; no lapse is written.
local function declined(text, op, now, code)
  local s = new_state(text, op, now)
  s.d.outcome = code
  return s
end

-- A decision on the image `text`: the state after it, or nil and a reply that needs no proposal.
local function decided(key, text, op, now, facts, counter, sealed)
  local s = new_state(text, op, now)
  local a = s.a
  local looked_up
  s.counter, s.target = counter, facts
  if not a.enrolled and not op.autoEnrol and not (op.type == 'void' and op.voids) then
    return nil, {'refused', 'account_not_found'}
  end
  if op['until'] and s.at >= op['until'] then
    return nil, {'day', int(s.at)}
  end
  if not counter and (op.hold or (facts and facts.id)) then
    local hold = find_hold(a, op.hold or facts.id)
    if not hold then
      local why
      s.counter, why = counter_of(key, op, facts, sealed)
      if why then
        return nil, {why}
      end
      looked_up = type(s.counter) == 'table' and s.counter.text or s.counter
    elseif hold[3] <= s.at and op.hold then
      return declined(text, op, now, a.frozen and 'account_frozen' or 'hold_expired')
    end
  end
  if a.frozen and not ALWAYS[op.type] then
    return declined(text, op, now, 'account_frozen')
  end
  lapse(a, s.at, s.entries, s.ended)
  for i = 1, #s.ended do
    if facts and s.ended[i][1] == facts.id then
      s.counter = 'expired'
    end
  end
  local own = #s.entries
  local refusal = decide[op.type](s)
  if refusal then
    local why = declined(text, op, now, refusal)
    if looked_up then
      -- nothing outside the digest may decide: Postgres judges what the decline rests on
      why.d.basis, why.d.rests = op.hold or facts.id, looked_up
    end
    return why
  end
  if op.type == 'lapse' and own == 0 then
    return nil, {'unchanged', text}
  end
  s.lapsed, s.own = own > 0, own
  return s
end

-- Completes the decision; returns the new image and the proposal's text.
local function written(s, operation, tag)
  local a, d, op = s.a, s.d, s.op
  d.at, d.entries, d.lapsed = s.at, s.entries, s.lapsed or false
  d.points = 0
  for i = (s.own or 0) + 1, #s.entries do
    d.points = d.points + s.entries[i].available
  end
  a.head, a.version, a.at = op.id, d.version, s.at
  local image = encode(a)
  return image, op.id .. ' ' .. tag .. '\n' .. operation .. '\n' .. encode_decision(d) .. '\n' .. image
end

local function forget(key, version)
  local f = redis.call('HMGET', key, 'v' .. version, 'e' .. version)
  if f[1] then
    redis.call('HDEL', key, 'v' .. version, 'k:' .. f[1])
  end
  for id in string.gmatch(f[2] or '', string.rep('.', 36)) do
    local left = redis.call('HGET', key, 't:' .. id)
    if left and string.sub(left, 1, #version + 1) == version .. ' ' then
      redis.call('HDEL', key, 't:' .. id)
    end
  end
  if f[2] then
    redis.call('HDEL', key, 'e' .. version)
  end
end

local function write(key, s, image, proposal, tag)
  local op, version = s.op, int(s.d.version)
  if op.key then
    redis.call('HSET', key, 'i', image, 'h', version, 'g', tag, 'u' .. version, proposal,
      'k:' .. op.key, version .. ' ' .. op.id, 'v' .. version, op.key)
  else
    redis.call('HSET', key, 'i', image, 'h', version, 'g', tag, 'u' .. version, proposal)
  end
  if op.attributes and s.d.outcome == 'ok' then
    redis.call('HSET', key, 'a', op.attributes)
  end
  local left = {}
  for i = 1, #s.ended do
    redis.call('HSET', key, 't:' .. s.ended[i][1], version .. ' ' .. s.ended[i][2])
    left[i] = s.ended[i][1]
  end
  if s.d.target and type(s.counter) == 'table' then
    local voided = op.type == 'void' or s.counter.voided
    redis.call('HSET', key, 't:' .. s.d.target,
      version .. ' ' .. int(s.counter.reversed + s.d.reversed) .. (voided and ' 1' or ' 0'))
    left[#left + 1] = s.d.target
  end
  if #left > 0 then
    redis.call('HSET', key, 'e' .. version, table.concat(left))
  end
  if s.d.version > MAX_KEYS then
    forget(key, int(s.d.version - MAX_KEYS))
  end
  redis.call('PERSIST', key)
end

-- The call to void never arrived: it is recorded as a declined one, which claims its key.
local function tombstone(text, op, now)
  local s = declined(text, {id = op.tombstone, type = 'tombstone', key = op.voids}, now, 'voided')
  return s, '{"id":"' .. op.tombstone .. '","type":"tombstone","key":' .. cjson.encode(op.voids) .. '}'
end

local function try_propose(key, operation, op, tag, now, format, facts, dry)
  local f = redis.call('HMGET', key, 'f', 'i', 's', 'g', 'h', 'k:' .. (op.key or ''), 'k:' .. (op.voids or ''))
  if f[1] ~= format or not f[2] or not f[3] or not f[5] then
    return {'load'}
  end
  local text, last_tag, newest = f[2], f[4], tonumber(f[5])
  local sealed = version_and_id(f[3])
  if op.key and f[6] then
    local version, id = version_and_id(f[6])
    return oldest(key, tag, newest, sealed, last_tag, {'known', int(version), id})
  end
  -- a void of what never came adds two: its tombstone, too
  if newest - sealed + (op.voids and not facts.id and 2 or 1) > MAX_UNSEALED then
    return oldest(key, tag, newest, sealed, last_tag, {'busy'})
  end
  if op.voids and f[7] then
    local version, id = version_and_id(f[7])
    if not (facts and facts.id == id) then
      return oldest(key, tag, newest, sealed, last_tag, {'pending', int(version), id})
    end
  end
  if op.type == 'enrol' and newest == sealed then
    local a = cjson.decode(text)
    if a.enrolled and (not op.target or op.target == a.head)
        and (not op.attributes or redis.sha1hex(op.attributes) == a.attributes) then
      return {'unchanged', text}
    end
  end

  local first, first_image, first_proposal, counter
  local decided_on = text
  if op.voids and not facts.id then
    local first_operation
    first, first_operation = tombstone(text, op, now)
    first_image, first_proposal = written(first, first_operation, tag)
    decided_on = first_image
    facts = {id = op.tombstone, type = 'absent', points = 0, lots = {}}
    counter = {reversed = 0, voided = false}
  end
  local s, reply = decided(key, decided_on, op, now, facts, counter, f[3])
  if not s then
    return reply
  end
  if first and s.d.outcome ~= 'ok' then
    -- a void that is declined claims no key
    s, first = declined(text, op, now, s.d.outcome), nil
  end
  if not first and s.d.version ~= newest + 1 then
    error('the image is of version ' .. int(s.d.version - 1) .. ', not ' .. int(newest))
  end
  local image, proposal = written(s, operation, tag)
  if dry then
    return {'would', proposal}
  end
  local out = unseen(key, text, tag, newest, sealed, last_tag, {'proposed'})
  if first then
    write(key, first, first_image, first_proposal, tag)
    out[#out + 1] = first_proposal
  end
  write(key, s, image, proposal, tag)
  out[#out + 1] = proposal
  return out
end

local function propose(keys, args)
  local op = cjson.decode(args[1])
  local facts = args[5] ~= '' and cjson.decode(args[5]) or nil
  local ran, reply =
    pcall(try_propose, keys[1], args[1], op, args[2], tonumber(args[3]), args[4], facts, args[6] == '1')
  return ran and reply or {'broken', tostring(reply)}
end

local function load(keys, args)
  local key = keys[1]
  local f = redis.call('HMGET', key, 'f', 'i', 's', 'h')
  if f[1] == args[1] and f[2] and f[3] and f[4] then
    return 0
  end
  local was_sealed = f[3] and string.match(f[3], '^%d+ ') and version_and_id(f[3]) or 0
  local fields = {'f', args[1], 'i', args[2], 'h', args[3], 's', args[3] .. ' ' .. args[4], 'l', args[3]}
  if args[5] ~= '' then
    fields[#fields + 1], fields[#fields + 2] = 'a', args[5]
  end
  redis.call('DEL', key)
  redis.call('HSET', key, unpack(fields))
  for i = 7, #args, 3 do
    redis.call('HSET', key, 'k:' .. args[i], args[i + 1] .. ' ' .. args[i + 2], 'v' .. args[i + 1], args[i])
  end
  redis.call('PEXPIRE', key, args[6])
  return was_sealed > tonumber(args[3]) and was_sealed + 1 or 1
end

local function is_unsealed(key, version, id)
  local text = redis.call('HGET', key, 'u' .. version)
  return text and string.sub(text, 1, 36) == id
end

local function sealed(keys, args)
  local key, version, id = keys[1], args[1], args[2]
  local f = redis.call('HMGET', key, 's', 'h', 'u' .. version)
  local before = f[1] and version_and_id(f[1])
  if not f[3] or string.sub(f[3], 1, 36) ~= id or not before or tonumber(version) - before > MAX_UNSEALED then
    return 0
  end
  local noted = {}
  for v = before + 1, tonumber(version) do
    noted[#noted + 1] = 'u' .. int(v)
  end
  if noted[1] then
    redis.call('HDEL', key, unpack(noted))
  end
  redis.call('HSET', key, 's', version .. ' ' .. id)
  if f[2] == version then
    redis.call('PEXPIRE', key, args[3])
  end
  redis.pcall('PUBLISH', args[4], args[5]) -- a user without the right to: whoever watches looks now and then
  return 1
end

local function rewind(keys, args)
  local key, version, before = keys[1], tonumber(args[2]), tonumber(args[5])
  local f = redis.call('HMGET', key, 'f', 's', 'h')
  if f[1] ~= args[1] or not f[2] or not f[3] or not is_unsealed(key, args[2], args[3]) then
    return 0
  end
  local sealed_version, newest = version_and_id(f[2]), tonumber(f[3])
  if before ~= version - 1 or sealed_version > before or newest - sealed_version > MAX_UNSEALED + 1 then
    return 0
  end
  for v = sealed_version + 1, newest do
    local name = int(v)
    redis.call('HDEL', key, 'u' .. name)
    if v >= version then
      local left = redis.call('HMGET', key, 'v' .. name, 'e' .. name)
      if left[1] then
        redis.call('HDEL', key, 'k:' .. left[1])
      end
      for id in string.gmatch(left[2] or '', string.rep('.', 36)) do
        redis.call('HDEL', key, 't:' .. id) -- what it was before is not known here: Postgres is asked
      end
      redis.call('HDEL', key, 'v' .. name, 'e' .. name)
    end
  end
  if args[9] ~= '' then
    redis.call('HDEL', key, 't:' .. args[9])
  end
  redis.call('HSET', key, 'i', args[4], 'h', args[5], 's', args[5] .. ' ' .. args[6], 'l', args[5])
  if args[7] ~= '' then
    redis.call('HSET', key, 'a', args[7])
  else
    redis.call('HDEL', key, 'a')
  end
  redis.call('PEXPIRE', key, args[8])
  return 1
end

local function discard(keys, args)
  local key, version, id = keys[1], args[1], args[2]
  local name = version .. ' ' .. id
  if is_unsealed(key, version, id) or redis.call('HGET', key, 's') == name
      or (args[3] ~= '' and redis.call('HGET', key, 'k:' .. args[3]) == name) then
    return redis.call('DEL', key)
  end
  return 0
end

local function unsealed(keys, args)
  local f = redis.call('HMGET', keys[1], 'f', 's', 'h', 'g', 'i')
  if f[1] ~= args[1] or not f[2] or not f[3] or not f[5] then
    return {'load'}
  end
  local sealed_version, sealed_id = version_and_id(f[2])
  local ran, reply =
    pcall(unseen, keys[1], f[5], args[2], tonumber(f[3]), sealed_version, f[4], {int(sealed_version), sealed_id})
  return ran and reply or {'broken', tostring(reply)}
end

redis.register_function('propose_@hash@', propose)
redis.register_function('load_@hash@', load)
-- they free memory, and let images expire: never refused for want of it
redis.register_function{function_name = 'sealed_@hash@', callback = sealed, flags = {'allow-oom'}}
redis.register_function{function_name = 'rewind_@hash@', callback = rewind, flags = {'allow-oom'}}
redis.register_function{function_name = 'discard_@hash@', callback = discard, flags = {'allow-oom'}}
redis.register_function{function_name = 'unsealed_@hash@', callback = unsealed, flags = {'no-writes'}}
