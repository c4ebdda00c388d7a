-- Settling a payment with points, and what a member gets back of one. Whether he has the points is not judged here.

local ONLY_AS_GIFT = -2

-- Counts a payment; returns false if a limit has no room for it, and the limit's counter, '' if it has none.
local function count_payment(member, caps, points, year, uses)
  for i = 1, caps and #caps or 0, 3 do
    local kind = caps[i + 2]
    local by, key = is_of_uses(kind) and 1 or points, key_of(caps[i], kind, year)
    local used = caps[i] ~= '' and counted(member, key) or 0
    if by > caps[i + 1] - used then
      return false, caps[i] ~= '' and key or ''
    end
    if caps[i] ~= '' and by > 0 then
      count(member, key, by)
      uses[#uses + 1], uses[#uses + 2], uses[#uses + 3] = key, kind % 2, by
    end
  end
  return true
end

-- What a payment took, as Taken.java reads it: of a hold that is captured in part only what so many points are left of;
-- what those are worth, its rate says.
local function encode_taken(t, part)
  if part then
    t.points, t.value = part, nil
  end
  local out = object()
  field(out, 'rule', '"' .. t.rule .. '"')
  field(out, 'reward', t.reward and 'true')
  field(out, 'points', t.points ~= 0 and int(t.points))
  field(out, 'value', t.value and int(t.value))
  field(out, 'decimals', t.decimals and int(t.decimals))
  field(out, 'rate', t.rate and '[' .. int(t.rate[1]) .. ',' .. int(t.rate[2]) .. ']')
  field(out, 'gift', t.gift and '["' .. t.gift[1] .. '",' .. int(t.gift[2]) .. ',"' .. t.gift[3] .. '"]')
  local uses = {}
  for i = 1, t.uses and #t.uses or 0, 3 do
    local is_use = t.uses[i + 1] == 1
    uses[#uses + 1] = use_text(t.uses[i], t.uses[i + 1], part and not is_use and part or t.uses[i + 2])
  end
  rows_field(out, 'uses', uses)
  field(out, 'code', t.code and '"' .. t.code .. '"')
  return object_text(out)
end

-- `shared`: what the operation takes of shared totals besides: negative where a hold that has expired gives back to it.
local function settle_claim(member, claim, shared)
  local levels = claim.levels or NO_LEVELS
  lapse_member(member, levels, claim.today, claim.backdate or 0)
  local level = held_on(levels, member, claim.today)
  local option, points, year
  for i = 1, #claim.options do
    local each = claim.options[i]
    local has, born_in = has_needs(member, each.needs, each.born)
    points, year = at_level(each.points, level), born_in
    if has and points ~= -1 then
      option = each
      break
    end
  end
  local gift, reward, last, promotion
  for _, row in ipairs(claim.reward and gifts_of(member) or {}) do
    last, reward, promotion = string.match(row, '^(%d+) (%S+) (%S+)$')
    if reward == claim.reward then
      gift = row
      break
    end
  end
  if not option or (points == ONLY_AS_GIFT and not gift) then
    return {denial = claim.reward and 'reward_unavailable' or 'not_redeemable_here'}
  elseif option.denial then
    return {denial = option.denial}
  end
  points = gift and 0 or points
  local before, uses = member.counters, {}
  local counted, full = count_payment(member, claim.caps, points, year, uses)
  if counted then
    counted, full = count_payment(member, claim.limits, points, 0, uses)
  end
  if not counted then
    member.counters = before
    return {denial = 'limit_exceeded', full = full}
  end
  local stock, taken = claim.stock, {}
  if stock and stock[4] and stock[4] - (shared[stock[2]] or 0) < 1 then
    member.counters = before
    return {denial = 'out_of_stock'}
  elseif stock then
    uses[#uses + 1], uses[#uses + 2], uses[#uses + 3] = budget_key(stock), 1, 1
    taken[stock[2]] = 1
  end
  if gift then
    cancel_gifts(member, 1, function(row) return row == gift end)
    note_used(member, promotion, 1)
    gift = {reward, tonumber(last), promotion}
  end
  return {points = points, uses = taken, told = encode_taken({
    rule = option.rule, reward = claim.reward, points = points, value = option.value, decimals = claim.decimals,
    rate = option.rate, gift = gift, uses = uses, code = claim.code})}
end

-- The number of the shared total that a use is of; nil for one of a limit.
local function budget_of(use)
  return string.byte(use) == 36 and tonumber(string.match(use, '%d+')) or nil
end

-- Gives back what a payment took of limits for so many points; its uses and its gift only where nothing of it is left.
-- What totals get back is added to `shared`.
local function give_back_taken(member, taken, points, whole, today, shared)
  local uses, gift = taken.uses or {}, taken.gift
  for i = 1, #uses, 3 do
    local is_use, number = uses[i + 1] == 1, budget_of(uses[i])
    if number then
      add_use(shared, number, whole and -uses[i + 2] or 0)
    elseif (whole or not is_use) and row_of(member, 'counters', uses[i]) then
      count(member, uses[i], is_use and -uses[i + 2] or -points)
    end
  end
  member.gifts = rows_from(member.gifts, today)
  if gift and whole and gift[2] >= today then
    add_gifts(member, gift_row(gift[1], gift[2], gift[3]), 1, true)
    note_used(member, gift[3], -1)
  end
end
