-- Lots: points that expire on the same day.

-- Lots are {day, points} rows, soonest first. If grace has extended a lot, a third number is the day that its earn
-- assigned: there is one row for each pair of these days.
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
