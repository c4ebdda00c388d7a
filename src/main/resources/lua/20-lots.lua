-- Lots: points that expire on the same day.

-- Lots are {day, points} rows, soonest first. If grace or a renewal has extended a lot, a third number is the day that
-- its earn assigned: there is one row for each pair of these days.
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

-- Takes up to `points` out of the lots, soonest first; returns the lots that were taken and their sum.
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

-- Returned points get the later of their own day and the day of the grace, if there is one.
local function graced(lots, grace)
  local out = {}
  for i = 1, #lots do
    local lot = lots[i]
    add_lot(out, math.max(lot[1], grace or 0), lot[2], given(lot))
  end
  return out
end

-- The day of points that a renewal extends to the day `to`: a later day stays, and so does one that is over.
local function renewed(day, today, to)
  return day < today and day or math.max(day, to)
end

local function by_days(one, other)
  if one[1] ~= other[1] then
    return one[1] < other[1]
  end
  return given(one) < given(other)
end

-- Of lots that expire on one day at most MAX_GIVEN are kept: the oldest are merged, under the newest of the days that
-- their earns assigned. So a member whose points never expire has a bounded number. A reversal takes the points of a
-- merged earn as those of other lots.
local function bounded(lots)
  local days, out = {}, {}
  for i = 1, #lots do
    days[lots[i][1]] = (days[lots[i][1]] or 0) + 1
  end
  for i = 1, #lots do
    local lot = lots[i]
    local day = lot[1]
    if days[day] > MAX_GIVEN then
      days[day] = days[day] - 1
      lots[i + 1][2] = lots[i + 1][2] + lot[2]
    else
      out[#out + 1] = lot
    end
  end
  return out
end

-- The lots after a renewal. There can be many: one pass, and at most one sort.
local function renew_lots(lots, today, to)
  local rows, out = {}, {}
  for i = 1, #lots do
    local lot = lots[i]
    local day, first = renewed(lot[1], today, to), given(lot)
    rows[i] = {day, lot[2], first ~= day and first or nil}
  end
  table.sort(rows, by_days)
  for i = 1, #rows do
    local last = out[#out]
    if last and last[1] == rows[i][1] and given(last) == given(rows[i]) then
      last[2] = last[2] + rows[i][2]
    else
      out[#out + 1] = rows[i]
    end
  end
  return #out > MAX_GIVEN and bounded(out) or out
end
