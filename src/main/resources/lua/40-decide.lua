-- Deciding: one function per operation. Each returns nil when it is done, or the code of its refusal, or FULL.

local decide = {}

-- `s` is the state of one decision: image a, operation op, time at, its day (today), entries, result d, the known data
-- of its target operation (target: facts, counter: {reversed, voided, steps} or state), holds that ended, uses: units
-- of shared totals by their number, below 0 what they get back; full: the counter of the limit that had no room.
-- A decision may set d.parts and d.told (JSON texts), and change a.member with keep_member.

-- The largest texts that the ledger stores, in bytes. A member can be larger by what comes back to him: what an open
-- hold took, or a longer title. Only what is new is declined.
local MAX_BYTES = {parts = 4096, told = 16384, member = 16384, holds = 32768}

-- Past each multiple of these bytes it is found out what no version of the programme has any more of what a member
-- remembers: an operation by which he gets there is not decided, but made again with that (`gone`). So he costs nothing
-- meanwhile, and an operation asks once at most, also if nothing can be dropped.
local FULL, FULL_BYTES = 'full', 4096

-- Of the member's text.
local function bytes_of(a)
  if a.unchanged then
    return #a.unchanged - member_from(a.unchanged)
  end
  return a.member_text and #a.member_text or 0
end

-- Writes a changed member.
local function keep_member(a, member)
  a.member, a.member_text, a.unchanged = member, encode_member(member), nil
end

-- The same where he can grow. Returns the code of the refusal if he has become too large, or FULL.
local function keep_grown(s, member)
  local a, before = s.a, bytes_of(s.a)
  keep_member(a, member)
  local bytes = bytes_of(a)
  local is_too_large = bytes > before and bytes > MAX_BYTES.member
  if not s.op.gone and (is_too_large or math.floor(bytes / FULL_BYTES) > math.floor(before / FULL_BYTES)) then
    return FULL
  end
  return is_too_large and 'limit_exceeded' or nil
end

-- More points would be spent than may be without the member's code: nothing is decided.
local STEP_UP = 'step_up'

-- The code of a member who is there counts once: the next one must be newer. Returns the code of the refusal.
local function take_code(s)
  local a, code = s.a, s.op.memberCode
  if code and code <= (a.memberCode or 0) then
    return 'member_code_used'
  end
  a.memberCode = code or a.memberCode
end

local function needs_code(s, points)
  local op = s.op
  return op.stepUpAbove and not op.memberCode and points > op.stepUpAbove
end

local function use_all(s, uses)
  for number, units in pairs(uses) do
    add_use(s.uses, number, units)
  end
end

-- Settles what the operation is worth with the member. Returns its points, or nil and the code of the refusal.
local function settle_worth(s)
  local a, award = s.a, s.op.award
  local member = a.member or {}
  if a.enrolled and not member.joined then
    member.joined = award.day -- by an earlier version of the programme, which knew nothing of its members
  end
  local settled = settle_award(member, award)
  s.d.parts, s.d.told = settled.parts, settled.told
  use_all(s, settled.uses)
  if #settled.parts > MAX_BYTES.parts or #settled.told > MAX_BYTES.told then
    return nil, 'limit_exceeded'
  end
  local refusal = keep_grown(s, member)
  if refusal then
    return nil, refusal
  end
  return settled.points
end

-- Gives points, now or on the day on which they mature.
local function give(s, points)
  local a, op = s.a, s.op
  if a.available + a.held + a.pending + points > MAX_POINTS or a.lifetime + points > MAX_POINTS then
    return 'limit_exceeded'
  end
  a.lifetime = a.lifetime + points
  if op.matures then
    if points > 0 then
      add_maturing(a.maturing, op.matures, op.on, points)
    end
    move(a, s.entries, 'earn', {pending = points}, {{op.on, points}})
  else
    arrive(a, s.entries, 'earn', {available = points}, {{op.on, points}})
  end
end

local MAX_ATTRIBUTES = {bytes = 4096, number = 32}

local function is_too_much(attributes)
  local number = 0
  for _ in pairs(cjson.decode(attributes)) do
    number = number + 1
  end
  return #attributes > MAX_ATTRIBUTES.bytes or number > MAX_ATTRIBUTES.number
end

-- Whether the member has exactly the attributes [id, value, ...].
local function has_attributes(a, declared)
  local all = a.member and a.member.attributes or {}
  for i = 1, #declared, 2 do
    if attribute_of({attributes = all}, declared[i]) ~= declared[i + 1] then
      return false
    end
  end
  return #all * 2 == #declared * 3
end

-- Leaves the member with exactly these; returns as keep_grown does.
local function put_attributes(s, declared)
  local member = s.a.member or {}
  local changes, stay = {}, {}
  for i = 1, #declared, 2 do
    changes[i], changes[i + 1], stay[declared[i]] = declared[i], declared[i + 1], true
  end
  local all = member.attributes or {}
  for i = 1, #all, 3 do
    if not stay[all[i]] then
      changes[#changes + 1] = all[i]
      changes[#changes + 1] = false
    end
  end
  set_attributes(member, changes, s.today)
  return keep_grown(s, member)
end

function decide.enrol(s)
  local a, op = s.a, s.op
  -- a caller who sets attributes may name the head that he has read: later changes are not overwritten
  if op.target and op.target ~= s.d.prev then
    return 'precondition_failed'
  end
  if op.before and is_too_much(op.attributes) then
    return 'limit_exceeded'
  end
  local points, refusal = 0, op.declared and put_attributes(s, op.declared)
  if op.award and not a.enrolled and not refusal then
    points, refusal = settle_worth(s)
    refusal = refusal or give(s, points)
  end
  if refusal then
    return refusal
  end
  s.d.created = not a.enrolled
  a.enrolled = true
  if op.attributes then
    a.attributes = redis.sha1hex(op.attributes)
  end
end

-- One that is for spending only leaves an account that is wholly frozen as it is.
function decide.freeze(s)
  local a = s.a
  a.frozen = a.frozen or not s.op.spendingOnly
  a.spendingFrozen = not a.frozen
end

function decide.unfreeze(s)
  s.a.frozen, s.a.spendingFrozen = false, false
end

-- A debt stays. Open holds are somebody's checkout: they end first.
function decide.close(s)
  local a = s.a
  if #a.holds > 0 or (a.available + a.pending > 0 and not s.op.forfeit) then
    return 'points_left'
  end
  forfeit(a, s.entries)
  a.frozen, a.spendingFrozen, a.closed = false, false, true
end

-- Ends the grant where the operation has none.
function decide.grant(s)
  local member = s.a.member or {}
  set_grant(member, s.op.grant)
  return keep_grown(s, member)
end

function decide.lapse(s)
  local a, rules = s.a, s.op.rules or {}
  if a.member then
    lapse_member(a.member, rules.levels, s.today, rules.backdate or 0)
    keep_member(a, a.member)
  end
end

function decide.earn(s)
  if s.op.usedBy then
    return 'reference_used'
  end
  local points, refusal = s.op.points, nil
  if s.op.award then
    points, refusal = settle_worth(s)
  end
  refusal = refusal or give(s, points)
  if not refusal then
    s.d.created = not s.a.enrolled
    s.a.enrolled = true
  end
  return refusal
end

-- What a payment for something costs, or nil and the code of the refusal. What it takes besides, the member pays here.
local function settle_claimed(s, claim)
  local a = s.a
  local member = a.member or {}
  local settled = settle_claim(member, claim, s.uses)
  if settled.denial then
    s.full = settled.full
    return nil, settled.denial
  end
  s.d.told = settled.told
  use_all(s, settled.uses)
  if #settled.told > MAX_BYTES.told then
    return nil, 'limit_exceeded'
  end
  local refusal = keep_grown(s, member)
  if refusal then
    return nil, refusal
  end
  return settled.points
end

-- The points that a payment costs, or nil and the code of the refusal, or STEP_UP.
local function settle_price(s)
  local refusal, points = take_code(s), s.op.points
  if refusal then
    return nil, refusal
  end
  if s.op.claim then
    points, refusal = settle_claimed(s, s.op.claim)
  end
  if points and needs_code(s, points) then
    return nil, STEP_UP
  end
  return points, refusal
end

-- Gives back to the member what a payment took besides the points: for so many points, and the rest if nothing is left.
local function give_back_besides(s, taken, points, whole)
  local a = s.a
  local member = a.member or {}
  give_back_taken(member, cjson.decode(taken), points, whole, s.today, s.uses)
  keep_member(a, member)
end

-- Gives or takes points by hand. They are not earned: `lifetime` stays. Points that are taken although they are not
-- there become debt; the entry names them with the day that a lot of today would have, to which they return if the
-- adjustment is undone after the debt was paid.
function decide.adjust(s)
  local a, op = s.a, s.op
  if op.points > 0 then
    if a.available + a.held + a.pending + op.points > MAX_POINTS then
      return 'limit_exceeded'
    end
    arrive(a, s.entries, 'adjust', {available = op.points}, {{op.on, op.points}})
    return
  end
  local owed = math.max(0, -op.points - a.available)
  if owed > 0 and not op.allowDebt then
    return 'insufficient_points'
  elseif a.debt + owed > MAX_POINTS then
    return 'limit_exceeded'
  end
  local taken, points = take(a.lots, -op.points)
  if owed > 0 then
    taken[#taken + 1] = {op.on, owed}
  end
  move(a, s.entries, 'adjust', {available = -points, debt = owed}, negative(taken))
end

function decide.redeem(s)
  local a = s.a
  local points, refusal = settle_price(s)
  if not points then
    return refusal
  end
  if a.available < points then
    return 'insufficient_points'
  end
  local taken = take(a.lots, points)
  move(a, s.entries, 'redeem', {available = -points}, negative(taken))
end

function decide.hold(s)
  local a, op = s.a, s.op
  local points, refusal = settle_price(s)
  if not points then
    return refusal
  end
  local bytes = s.d.told and #s.d.told or 0
  for i = 1, bytes > 0 and #a.holds or 0 do
    local taken = taken_of(a.holds[i])
    bytes = bytes + (taken and #taken or 0)
  end
  if #a.holds >= MAX_HOLDS or bytes > MAX_BYTES.holds then
    return 'limit_exceeded'
  end
  if a.available < points then
    return 'insufficient_points'
  end
  local taken = take(a.lots, points)
  local expires = s.at + op.ttlSeconds * 1000
  local hold = {op.id, points, expires, taken}
  hold[#hold + 1] = op.graceOn
  hold[#hold + 1] = s.d.told
  a.holds[#a.holds + 1] = hold
  move(a, s.entries, 'hold', {available = -points, held = points}, negative(taken))
  s.d.hold = {id = op.id, points = points, captured = 0, state = 'held', expires = expires}
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
    expire(a, s.today, s.entries)
  end
  s.ended[#s.ended + 1] = {hold[1], state}
  d.hold = {
    id = hold[1], points = hold[2], captured = captured, state = state == 'captured' and 'captured' or 'voided',
    expires = hold[3]}
  local besides = taken_of(hold)
  if besides and state == 'captured' then
    d.told = captured == hold[2] and besides or encode_taken(cjson.decode(besides), captured)
  end
  if besides and (state ~= 'captured' or captured < hold[2]) then
    give_back_besides(s, besides, hold[2] - captured, state ~= 'captured')
  end
  d.target, d.reversed_before, d.reversed, d.step = hold[1], 0, hold[2], 0
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
  if points < hold[2] and taken_of(hold) and cjson.decode(taken_of(hold)).reward then
    return 'not_a_step' -- a reward is captured whole
  end
  close_hold(s, hold, index, points, 'captured')
end

-- Whether the target has given points, which are to be taken back.
local function gave(target)
  return target.type == 'earn' or (target.type == 'adjust' and target.on ~= nil)
end

-- Undoes `points` of the target.
local function undo(s, points)
  local a, target = s.a, s.target
  if points > 0 and gave(target) then
    claw_back(a, s.op, target, s.entries, points)
  elseif points > 0 then
    give_back(a, s.today, s.op, target, s.entries, s.counter.reversed, points)
  end
  if target.told and (points > 0 or target.points == 0) then
    give_back_besides(s, target.told, points, s.counter.reversed + points == target.points)
  end
  s.d.target, s.d.reversed_before, s.d.reversed, s.d.step = target.id, s.counter.reversed, points, s.counter.steps
end

-- A gift of an earn that goes back is not there to be cancelled if a hold has it: then the hold keeps it for good.
local function keep_gifts(a, used)
  for i = 1, #a.holds do
    local hold = a.holds[i]
    local taken = taken_of(hold) and cjson.decode(taken_of(hold)) or {}
    local row = taken.gift and gift_row(taken.gift[1], taken.gift[2], taken.gift[3])
    if row and (used[row] or 0) > 0 then
      used[row] = used[row] - 1
      taken.gift, taken.points = nil, taken.points or 0
      hold[#hold] = encode_taken(taken)
    end
  end
end

-- Undoes an earn by its parts: its own points, those that other operations gave for stamps or days that are no longer
-- there, and what the member is and has by it.
local function undo_parts(s)
  local a, op, target, rules = s.a, s.op, s.target, s.op.rules or {}
  local member = a.member or {}
  local undone = settle_undo(member, op.undo, rules.levels, s.today, rules.backdate or 0, s.uses)
  if #undone.parts > MAX_BYTES.parts or #undone.told > MAX_BYTES.told then
    return 'limit_exceeded'
  end
  keep_member(a, member)
  if next(undone.used) then
    keep_gifts(a, undone.used)
  end
  claw_back(a, op, target, s.entries, undone.own)
  if undone.taken_back > 0 then
    take_back(a, op, s.entries, undone.taken_back)
  end
  s.d.parts, s.d.told = undone.parts, undone.told
  s.d.target, s.d.reversed_before, s.d.reversed, s.d.step = target.id, s.counter.reversed, op.undoes, s.counter.steps
end

local function too_many(a, target, points)
  return not gave(target) and a.available + a.held + a.pending + points > MAX_POINTS
end

-- An earn or a payment of 0 points is a success like any other: it can be reversed, once.
local function moved_nothing(target)
  return (target.type == 'earn' or target.type == 'redeem' or target.type == 'capture')
    and not target.declined and target.points == 0
end

function decide.reverse(s)
  local target, counter = s.target, s.counter
  if target.type == 'hold' then
    return 'reverse_exceeds_original' -- a hold spends nothing; a capture or a void ends it
  end
  if counter.voided then
    return 'voided'
  end
  if s.op.refused then
    return s.op.refused
  elseif s.op.undo then
    return undo_parts(s)
  end
  local rest = target.points - counter.reversed
  local of_nothing = moved_nothing(target)
  if rest == 0 and (target.points > 0 or (of_nothing and counter.steps > 0)) then
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

-- What the opposite call undoes, or nothing.
local HAS_NOTHING_TO_UNDO = {freeze = true, unfreeze = true, close = true, grant = true}

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
  if target.type == 'reverse' or (HAS_NOTHING_TO_UNDO[target.type] and not target.declined) then
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
    elseif target.points == 0 and s.counter ~= 'expired' then
      return 'already_reversed' -- as below
    else
      local expired = s.counter == 'expired' -- no operation has ended it
      s.d.target, s.d.reversed_before, s.d.reversed, s.d.step =
        target.id, expired and 0 or target.points, 0, expired and 0 or 1
      s.ended[#s.ended + 1] = {target.id, 'undone'}
    end
    return
  end
  if s.counter.voided then
    return 'voided'
  end
  if op.undo then
    return undo_parts(s)
  end
  if moved_nothing(target) and s.counter.steps > 0 then
    return 'already_reversed' -- 0 points leave no rest, and the ledger allows one undoing for each rest
  end
  local rest = target.points - s.counter.reversed
  if too_many(a, target, rest) then
    return 'limit_exceeded'
  end
  undo(s, rest)
end
