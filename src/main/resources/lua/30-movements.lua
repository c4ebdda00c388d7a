-- Movements: each change of a bucket is an entry. Changes by time, returned points, and points that are taken back.

local function move(a, entries, kind, change, lots)
  local available, held = change.available or 0, change.held or 0
  local pending, debt = change.pending or 0, change.debt or 0
  a.available, a.held = a.available + available, a.held + held
  a.pending, a.debt = a.pending + pending, a.debt + debt
  entries[#entries + 1] = {
    type = kind, lots = lots, available = available, held = held, pending = pending, debt = debt,
    available_after = a.available, held_after = a.held, pending_after = a.pending, debt_after = a.debt}
end

-- An account never has both available points and a debt: available points pay the debt.
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
  if #a.lots > MAX_GIVEN then
    a.lots = bounded(a.lots)
  end
  settle(a, entries)
end

-- Points that expired unspent are {day, points} rows by the day that the earn assigned, oldest first: a later reversal
-- of the earn does not take them a second time. Beyond MAX_EXPIRED days the two oldest rows are merged; the merged row
-- is for the days from its third number to its first.
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

-- Takes up to `points` out of the expired points of that day; returns how many.
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

-- All points of a day expire by one movement.
local function expire(a, today, entries)
  local lots, i = a.lots, 1
  while lots[i] and lots[i][1] < today do
    a.expired = a.expired or {}
    local gone, sum, day = {}, 0, lots[i][1]
    while lots[i] and lots[i][1] == day do
      gone[#gone + 1], sum = lots[i], sum + lots[i][2]
      note_expired(a.expired, given(lots[i]), lots[i][2])
      i = i + 1
    end
    move(a, entries, 'expire', {available = -sum}, negative(gone))
  end
  if i > 1 then
    a.lots = {}
    for j = i, #lots do
      a.lots[#a.lots + 1] = lots[j]
    end
  end
end

-- Applies the changes that time alone has made up to `at`, a time of the day `today`: expired holds, matured points,
-- expired lots. An account that an earlier release left with both points and a debt pays its debt now.
local function lapse(a, at, today, entries, ended)
  settle(a, entries)
  local holds = {}
  for i = 1, #a.holds do
    local hold = a.holds[i]
    if hold[3] <= at then
      arrive(a, entries, 'release', {available = hold[2], held = -hold[2]}, graced(hold[4], tonumber(hold[5])))
      ended[#ended + 1] = {hold[1], 'expired', hold}
    else
      holds[#holds + 1] = hold
    end
  end
  a.holds = holds
  while a.maturing[1] and a.maturing[1][1] <= today do
    local row = table.remove(a.maturing, 1)
    arrive(a, entries, 'mature', {available = row[3], pending = -row[3]}, {{row[2], row[3], row[4]}})
  end
  expire(a, today, entries)
end

-- Maturing rows are {day of maturity, day of the lot, points}. If a renewal has extended the lot, a fourth number is
-- the day that the earn assigned. They are sorted by the three days, in that order, and no two have the same.
local function given_of(row)
  return row[4] or row[2]
end

local function add_maturing(rows, matures, day, points, first)
  first = first or day
  local new = {matures, day, points, first ~= day and first or nil}
  for i = 1, #rows do
    local row = rows[i]
    if row[1] == matures and row[2] == day and given_of(row) == first then
      row[3] = row[3] + points
      return
    elseif row[1] > matures or (row[1] == matures and (row[2] > day or (row[2] == day and given_of(row) > first))) then
      table.insert(rows, i, new)
      return
    end
  end
  rows[#rows + 1] = new
end

-- Extends all points that the member has, those on hold and those that mature included, to the day `to`.
local function renew(a, today, to)
  a.lots = renew_lots(a.lots, today, to)
  for i = 1, #a.holds do
    a.holds[i][4] = renew_lots(a.holds[i][4], today, to)
  end
  local maturing = a.maturing
  a.maturing = {}
  for i = 1, #maturing do
    local row = maturing[i]
    add_maturing(a.maturing, row[1], renewed(row[2], today, to), row[3], given_of(row))
  end
end

-- Takes all points that are available or pending.
local function forfeit(a, entries)
  local lots = {}
  for i = 1, #a.lots do
    add_lot(lots, a.lots[i][1], a.lots[i][2], a.lots[i][3])
  end
  for i = 1, #a.maturing do
    add_lot(lots, a.maturing[i][2], a.maturing[i][3], a.maturing[i][4])
  end
  if #lots > 0 then
    move(a, entries, 'forfeit', {available = -a.available, pending = -a.pending}, negative(lots))
  end
  a.lots, a.maturing = {}, {}
end

local function find_hold(a, id)
  for i = 1, #a.holds do
    if a.holds[i][1] == id then
      return a.holds[i], i
    end
  end
end

-- Gives back `points` of a redeem, a capture or an adjustment that took them: the lots that it consumed last return
-- first. `skip` points were given back before.
local function give_back(a, today, op, target, entries, skip, points)
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
  expire(a, today, entries)
end

-- How many of the points that cannot be taken back are owed: all, or where the program forgives what was spent, those
-- that are on hold.
local function owed(a, op, points)
  return op.clawback == 'debt' and points or math.min(points, math.max(0, a.held - a.debt))
end

-- Takes back `points` of an earn, or of an adjustment that gave them: first those still pending, then the rest of its
-- own lot, then, without a movement, its expired points, then other lots, soonest first. The missing points become debt.
-- If the program forgives, only spent points are forgiven: points on hold still become debt.
local function claw_back(a, op, target, entries, points)
  local left, lots, pending = points, {}, 0
  local maturing = {}
  for i = 1, #a.maturing do
    local row = a.maturing[i]
    if row[1] == target.matures and given_of(row) == target.on then
      local part = math.min(left, row[3])
      add_lot(lots, row[2], part, row[4])
      row[3] = row[3] - part
      pending, left = pending + part, left - part
    end
    if row[3] > 0 then
      maturing[#maturing + 1] = row
    end
  end
  a.maturing = maturing
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
  left = left - take_expired(a.expired or {}, target.on, left)
  take_of(others)
  a.lots = others
  for i = 1, #own do
    add_lot(a.lots, own[i][1], own[i][2], own[i][3])
  end
  if target.type == 'earn' then
    a.lifetime = math.max(0, a.lifetime - points)
  end
  move(a, entries, 'reverse', {available = -available, pending = -pending, debt = owed(a, op, left)}, negative(lots))
end

-- Takes back points that other operations gave for stamps or days that are no longer there: available ones, soonest
-- first, then pending ones. What is missing is owed as in claw_back.
local function take_back(a, op, entries, points)
  local lots, available = take(a.lots, points)
  local left, pending = points - available, 0
  while left > 0 and a.maturing[1] do
    local row = a.maturing[1]
    local part = math.min(left, row[3])
    add_lot(lots, row[2], part, row[4])
    row[3] = row[3] - part
    if row[3] == 0 then
      table.remove(a.maturing, 1)
    end
    pending, left = pending + part, left - part
  end
  a.lifetime = math.max(0, a.lifetime - points)
  move(a, entries, 'take_back', {available = -available, pending = -pending, debt = owed(a, op, left)}, negative(lots))
end
