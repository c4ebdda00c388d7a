-- Deciding: one function per operation. Each returns nil when it is done, or the code of its refusal.

local decide = {}

-- `s` is the state of one decision: image a, operation op, time at, entries, result d, the known data of
-- its target operation (target: facts, counter: {reversed, voided, undone} or state), holds that ended.

function decide.enrol(s)
  -- a caller who sets attributes may name the head that he has read: later changes are not overwritten
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
    return 'reverse_exceeds_original' -- a hold spends nothing; a capture or a void ends it
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

-- Voids a hold by its id (op.hold), or a call by its key (op.voids).
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
  -- a tombstone whose void was not sealed with it is voided by the next void of this key
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
    return 'already_reversed' -- 0 points leave no rest, and the ledger allows one undoing for each rest
  end
  local rest = target.points - s.counter.reversed
  if too_many(a, target, rest) then
    return 'limit_exceeded'
  end
  undo(s, rest)
end
