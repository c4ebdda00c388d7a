-- Settling the reversal of an earn.

local function tell_back(told, rule, points, wanted, reward, gifts)
  if points ~= 0 or gifts ~= 0 then
    told[#told + 1] = told_part(rule, points, wanted, nil, reward, gifts)
  end
end

-- What totals get back is added to `shared`.
-- undo.takes are {rule, points[, promotion[, run]]} rows, undo.less is {measure, by, ...}, undo.uses is {counter, of
-- uses, by, ...}, undo.gifts are {reward, until, promotion, count} rows, undo.backs are {promotion, target, stamps,
-- points, gifts, reward or ''[, period[, run]]} rows.
local function settle_undo(member, undo, levels, today, backdate, shared)
  levels = levels or NO_LEVELS
  lapse_member(member, levels, today, backdate)
  local own, taken_back, told = 0, 0, {}
  for _, take_of in ipairs(undo.takes or {}) do
    local points = take_of[2]
    if take_of[3] then
      points = take_gave(member, take_of[3], take_of[4], points)
    end
    own = own + points
    tell_back(told, take_of[1], -points, -points, nil, 0)
  end
  if undo.period then
    take_measures(levels, member, undo.less or {}, undo.period, today)
  end
  local uses = undo.uses or {}
  for i = 1, #uses, 3 do
    local number = budget_of(uses[i])
    if number then
      add_use(shared, number, -uses[i + 2])
    elseif row_of(member, 'counters', uses[i]) then
      count(member, uses[i], -uses[i + 2])
    end
  end
  local used = {}
  for _, gift in ipairs(undo.gifts or {}) do
    local row = gift_row(gift[1], gift[2], gift[3])
    local cancelled = cancel_gifts(member, gift[4], function(each) return each == row end)
    used[row] = (used[row] or 0) + gift[4] - cancelled
    tell_back(told, 'promotion:' .. gift[3], 0, 0, gift[1], -cancelled)
  end
  for _, back in ipairs(undo.backs or {}) do
    local promotion, reward, points, gifts = back[1], back[6] ~= '' and back[6] or nil, nil, nil
    if back[7] then
      points, gifts = period_back(member, promotion, back[2], back[7], back[8], back[4], back[5])
    else
      points, gifts = stamps_back(member, promotion, back[2], back[3])
    end
    local cancelled = cancel_gifts(member, gifts, function(row)
      return string.match(row, '%S+$') == promotion
    end)
    taken_back = taken_back + points
    tell_back(told, 'promotion:' .. promotion, -points, -points, reward, -cancelled)
  end
  local level = held_on(levels, member, today)
  return {
    own = own, taken_back = taken_back, used = used, level = level, told = encode_told(level, level, false, told),
    parts = undo.left}
end
