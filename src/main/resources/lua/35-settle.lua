-- Settling an earn: what an award gives a member.

-- What other parts use. A chunk has 200 locals at most.
local budget_key, add_use
local at_level, has_needs, is_of_uses, key_of, use_text, told_part, object, field, rows_field, object_text, encode_told
local settle_award
do

local OPERATION, ENROL, LEVEL = 0, 1, 2 -- what sets a candidate off
local BEST = 1 -- how a group chooses: all, the best (by points), the first (by priority)

-- Where all levels have the same number, there is only one.
function at_level(list, level)
  return type(list) == 'number' and list or list[level + 1]
end

-- The year of the member's birthday that is meant; 0 if there is none. `born` is {attribute, notice days, 29 February
-- is 28, required, from, to, year, from, to, year, ...}; from and to are month x 100 + day.
local function birth_year(member, born)
  local value, since = attribute_of(member, born[1])
  if not value then
    return 0
  end
  local month, day = string.match(value, '^%d%d%d%d%-(%d%d)%-(%d%d)$')
  if not month then
    return 0 -- an earlier version of the programme meant something else by it
  end
  month, day = tonumber(month), tonumber(day)
  local code = month * 100 + day
  for i = 5, #born, 3 do
    if born[i] <= code and code <= born[i + 1] then
      local year = born[i + 2]
      local birthday = day_of(year, month, day)
      if born[3] == 1 and code == 229 and not is_leap(year) then
        birthday = birthday - 1
      end
      return (born[4] == 0 or since + born[2] <= birthday) and year or 0
    end
  end
  return 0
end

-- Whether the member has what is needed, and the year of his birthday. `needs` has {attribute, value, value, ...} rows.
function has_needs(member, needs, born)
  for i = 1, needs and #needs or 0 do
    local value, found = attribute_of(member, needs[i][1]), false
    for j = 2, #needs[i] do
      found = found or needs[i][j] == value
    end
    if not found then
      return false
    end
  end
  if not born then
    return true, 0
  end
  local year = birth_year(member, born)
  return year ~= 0, year
end

-- Limits are {counter, max, kind, counter, max, kind, ...}; no counter for one of each operation. Kinds:
function is_of_uses(kind)
  return kind % 2 == 1
end

-- The counter of a limit for each birthday lacks its number.
function key_of(counter, kind, year)
  return kind >= 2 and counter .. ' ' .. year or counter
end

-- How many more uses, and points, all these limits allow, besides what was taken.
local function rooms_of(member, caps, year, taken)
  local uses, points = MAX_POINTS, MAX_POINTS
  if not caps then
    return uses, points
  end
  for i = 1, #caps, 3 do
    local used, kind = 0, caps[i + 2]
    if caps[i] ~= '' then
      local key = key_of(caps[i], kind, year)
      used = counted(member, key) + (taken and taken[key] or 0)
    end
    local room = math.max(0, caps[i + 1] - used)
    if is_of_uses(kind) then
      uses = math.min(uses, room)
    else
      points = math.min(points, room)
    end
  end
  return uses, points
end

-- The only multiplication of a settlement; what is too much for one operation is cut.
local function product(times, wish)
  return math.min(times * wish, MAX_PER_OPERATION)
end

local function gives(turn)
  return turn.points > 0 or turn.gifts > 0
end

-- Totals that all members share are {name, number, 1 of uses + 2 partial + 4 returns + 8 of stock, what is left if that
-- is known to be short}. What was taken of them is noted among what was taken of limits, as if they had a counter.
function budget_key(budget)
  return '$' .. int(budget[2]) .. ' 6 0'
end

-- Uses of totals, by their numbers.
function add_use(uses, number, units)
  uses[number] = (uses[number] or 0) + units
end

local function units_of(turn, budget)
  return not gives(turn) and 0 or is_of_uses(budget[3]) and turn.times or turn.points
end

-- Gives no more than is left of the budget: that, or nothing.
local function fit_budget(turn, taken)
  local budget = turn.candidate.budget
  local left = budget and budget[4] and math.max(0, budget[4] - (taken[budget[2]] or 0))
  if left and units_of(turn, budget) > left then
    local partial = not is_of_uses(budget[3]) and budget[3] % 4 >= 2
    turn.points, turn.gifts, turn.reason = partial and left or 0, 0, 'budget'
    turn.times = turn.points > 0 and turn.times or 0
  end
end

local function take_budget(turn, taken)
  local budget = turn.candidate.budget
  if budget then
    add_use(taken, budget[2], units_of(turn, budget))
  end
end

local function fit(turn, uses, most)
  local gift = turn.candidate.gift
  turn.times = math.min(turn.complete, uses)
  if gift then
    turn.gifts, turn.points = turn.times * gift[3], 0
    turn.reason = turn.times < turn.complete and 'limit' or nil
  else
    turn.gifts, turn.points = 0, math.min(product(turn.times, turn.wish), most)
    turn.reason = turn.points < turn.wanted and 'limit' or nil
  end
end

-- Takes points away; returns how many of `most`.
local function cut(turn, most)
  local part = math.min(turn.points, most)
  if part > 0 then
    turn.points = turn.points - part
    turn.reason = 'limit'
  end
  return part
end

-- The turns of those candidates whose conditions hold for the member. Progress advances with it, whatever is chosen.
local function turns_of(member, candidates, occasion, passed, level, enrols, shared)
  local turns = {}
  for i = 1, #candidates do
    local candidate = candidates[i]
    local on = candidate.on or OPERATION
    if (occasion == LEVEL and on == LEVEL and (candidate.level or 0) == passed)
        or (occasion == OPERATION and (on == OPERATION or (on == ENROL and enrols))) then
      local wish = at_level(candidate.wish or 0, level)
      local has, year = has_needs(member, candidate.needs, candidate.born)
      if wish >= 0 and has then
        local complete, run = 1, nil
        if candidate.stamps then
          complete = advance_stamps(member, candidate.id, candidate.stamps)
        elseif candidate.streak then
          complete, run = advance_streak(member, candidate.id, candidate.streak)
        end
        local turn = {
          candidate = candidate, wish = wish, year = year, complete = complete, run = run,
          wanted = candidate.gift and 0 or product(complete, wish), full = 0, times = 0, gifts = 0, points = 0,
          reason = nil}
        fit(turn, rooms_of(member, candidate.caps, year))
        fit_budget(turn, shared)
        turns[#turns + 1] = turn
      end
    end
  end
  return turns
end

-- Who is chosen where only one can be, and who comes first where several share a limit.
local function is_prior(a, b)
  local one, other = a.candidate.priority or 0, b.candidate.priority or 0
  if one ~= other then
    return one > other
  elseif a.points ~= b.points then
    return a.points > b.points
  end
  return is_before(a.candidate.id, b.candidate.id)
end

local function is_better(a, b)
  if a.points ~= b.points then
    return a.points > b.points
  end
  return is_prior(a, b)
end

local function lose(turn, winner)
  turn.points, turn.gifts, turn.times, turn.reason = 0, 0, 0, 'stacking:' .. winner.candidate.id
end

-- Chooses which promotions give: each has what its own limits have room for; then stacking decides; then those that
-- were chosen use limits and budgets up, one after the other, because several can share one.
local function choose(member, turns, shared)
  if #turns == 0 then
    return
  end
  local only, winners = nil, {}
  for i = 1, #turns do
    local turn = turns[i]
    local candidate = turn.candidate
    if gives(turn) then
      if candidate.exclusive and (not only or is_prior(turn, only)) then
        only = turn
      end
      local mode, best = candidate.group and candidate.mode, winners[candidate.group]
      if mode and (not best or (mode == BEST and is_better or is_prior)(turn, best)) then
        winners[candidate.group] = turn
      end
    end
  end
  local chosen, with_limits = {}, 0
  for i = 1, #turns do
    local turn = turns[i]
    if gives(turn) then
      local winner = only
      if not only and turn.candidate.group and turn.candidate.mode then
        winner = winners[turn.candidate.group]
      end
      if winner and winner ~= turn then
        lose(turn, winner)
      else
        chosen[#chosen + 1] = turn
        with_limits = with_limits + ((turn.candidate.caps or turn.candidate.budget) and 1 or 0)
      end
    end
  end
  if with_limits > 1 then
    table.sort(chosen, is_prior)
  end
  local taken, spent = {}, {}
  for number, units in pairs(shared) do
    spent[number] = units
  end
  for i = 1, #chosen do
    local turn = chosen[i]
    local caps = turn.candidate.caps
    if caps and next(taken) then
      fit(turn, rooms_of(member, caps, turn.year, taken))
    end
    fit_budget(turn, spent)
    take_budget(turn, spent)
    if caps then
      for j = 1, #caps, 3 do
        if caps[j] ~= '' then
          local key = key_of(caps[j], caps[j + 2], turn.year)
          taken[key] = (taken[key] or 0) + (is_of_uses(caps[j + 2]) and turn.times or turn.points)
        end
      end
    end
    turn.full = turn.points
  end
end

local function sum_of(list)
  local sum = 0
  for i = 1, #list do
    sum = sum + list[i].points
  end
  return sum
end

-- Cuts what promotions give together, the one of the lowest priority first, of equal ones the last.
local function cut_bonus(turns, most)
  local over = sum_of(turns) - most
  while over > 0 do
    local lowest
    for i = #turns, 1, -1 do
      local turn = turns[i]
      if turn.points > 0
          and (not lowest or (turn.candidate.priority or 0) < (lowest.candidate.priority or 0)) then
        lowest = turn
      end
    end
    over = over - cut(lowest, over)
  end
end

-- The limits of the programme cut promotions, the last one first, then the level's bonus, then the base.
local function cut_to_limits(member, limits, pieces, turns)
  local uses, room = rooms_of(member, limits, 0)
  room = uses == 0 and 0 or math.min(MAX_PER_OPERATION, room)
  local over = sum_of(pieces) + sum_of(turns) - room
  if over <= 0 then
    return
  end
  for i = #turns, 1, -1 do
    over = over - cut(turns[i], over)
  end
  for i = #pieces, 1, -1 do
    local part = math.min(pieces[i].points, over)
    pieces[i].points = pieces[i].points - part
    over = over - part
  end
end

-- Counts what was given in the end, and hands out the gifts.
local function commit(member, turns, today, shared)
  for i = 1, #turns do
    local turn = turns[i]
    local candidate = turn.candidate
    local gift, caps = candidate.gift, candidate.caps
    if gift and turn.gifts > 0 then
      local given = add_gifts(member, gift_row(gift[1], today + gift[2], candidate.id), turn.gifts)
      if given < turn.gifts then
        turn.gifts, turn.reason = given, 'limit'
      end
    end
    take_budget(turn, shared)
    if caps and gives(turn) then
      for j = 1, #caps, 3 do
        if caps[j] ~= '' then
          count(member, key_of(caps[j], caps[j + 2], turn.year), is_of_uses(caps[j + 2]) and turn.times or turn.points)
        end
      end
    end
    if turn.complete > 0 and (candidate.stamps or candidate.streak) then
      note_gave(member, candidate.id, candidate.streak, turn.complete, turn.points, turn.gifts)
    end
  end
end

-- Uses are texts: the counter, whether it counts uses, how many. Together they are one array.
function use_text(key, kind, by)
  return '"' .. key .. '",' .. kind % 2 .. ',' .. int(by)
end

local function array(texts)
  return '[' .. table.concat(texts, ',') .. ']'
end

-- One line of an explanation: rule, points[, wanted, reason[, reward, gifts]].
function told_part(rule, points, wanted, reason, reward, gifts)
  if reward then
    return string.format('["%s",%d,%d,%s,"%s",%d]', rule, points, wanted, reason and '"' .. reason .. '"' or 'null',
      reward, gifts)
  elseif reason or wanted ~= points then
    return string.format('["%s",%d,%d,%s]', rule, points, wanted, reason and '"' .. reason .. '"' or 'null')
  end
  return '["' .. rule .. '",' .. int(points) .. ']'
end

local KIND_SHARE, KIND_FLAT, KIND_PROGRESS = 0, 1, 2
local LIMITED, COUNTS = 4, 8 -- a share's kind, and bits: 4 limited, 8 x as what it counts for measures of points
local AS_BASE, AS_BONUS, AS_ANY = 1, 2, 3

-- A share of the parts: rule, kind, points[, full, left[, minimum, uses[, reward, until, gifts]]].
local function share_text(rule, kind, points, full, minimum, uses, gift, last, gifts)
  if gift then
    return string.format('["%s",%d,%d,%d,%d,%d,%s,"%s",%d,%d]', rule, kind, points, full, points, minimum, array(uses),
      gift, last, gifts)
  elseif minimum ~= 0 or #uses > 0 then
    return string.format('["%s",%d,%d,%d,%d,%d,%s]', rule, kind, points, full, points, minimum, array(uses))
  elseif full ~= points then
    return string.format('["%s",%d,%d,%d,%d]', rule, kind, points, full, points)
  end
  return '["' .. rule .. '",' .. kind .. ',' .. int(points) .. ']'
end

local NO_USES = {}

local function tell_pieces(pieces, told, shares)
  for i = 1, #pieces do
    local piece = pieces[i]
    local points, full = piece.points, piece.full
    if points > 0 or points < full then
      told[#told + 1] = told_part(piece.rule, points, full, points < full and 'limit' or nil)
      shares[#shares + 1] = share_text(piece.rule, KIND_SHARE + LIMITED + COUNTS * piece.as, points, full, 0, NO_USES)
    end
  end
end

local function tell_turns(turns, limited, today, told, shares)
  for i = 1, #turns do
    local turn = turns[i]
    local candidate = turn.candidate
    local rule, gift, caps = 'promotion:' .. candidate.id, candidate.gift, candidate.caps
    if gives(turn) or turn.reason then
      told[#told + 1] =
        told_part(rule, turn.points, turn.wanted, turn.reason, gift and gift[1], turn.gifts)
    end
    if gives(turn) or turn.full > 0 then
      local budget, uses = candidate.budget, NO_USES
      local units = budget and budget[3] % 8 >= 4 and units_of(turn, budget) or 0
      if (caps or units > 0) and gives(turn) then
        uses = {}
      end
      if caps and gives(turn) then
        for j = 1, #caps, 3 do
          if caps[j] ~= '' then
            local kind = caps[j + 2]
            uses[#uses + 1] =
              use_text(key_of(caps[j], kind, turn.year), kind, is_of_uses(kind) and turn.times or turn.points)
          end
        end
      end
      if units > 0 then
        uses[#uses + 1] = use_text(budget_key(budget), budget[3], units)
      end
      local kind = (candidate.stamps or candidate.streak) and KIND_PROGRESS
        or candidate.flat and KIND_FLAT or KIND_SHARE
      if limited then
        kind = kind + LIMITED + (candidate.qualifies and COUNTS * AS_ANY or 0)
      end
      shares[#shares + 1] = share_text(rule, kind, turn.points, turn.full, candidate.minimum or 0, uses,
        gift and gift[1], gift and today + gift[2], turn.gifts)
    end
  end
end

-- A step of the parts: promotion, target, stamps, mark, kind (0 an operation's stamp, 1 one for each unit, 2 a period),
-- [, period[, run]].
local function tell_steps(turns, marks, steps)
  for i = 1, #turns do
    local turn = turns[i]
    local stamps, streak = turn.candidate.stamps, turn.candidate.streak
    if stamps then
      steps[#steps + 1] = string.format('["%s",%d,%d,%d,%d]', turn.candidate.id, stamps[1], stamps[3],
        marks[turn.candidate], stamps[4])
    elseif streak then
      steps[#steps + 1] = string.format(turn.run and '["%s",%d,1,%d,2,%d,%d]' or '["%s",%d,1,%d,2,%d]',
        turn.candidate.id, streak[1], marks[turn.candidate], streak[3], turn.run)
    end
  end
end

-- A JSON object is written as a list of texts.
function object()
  return {'{'}
end

function field(out, name, value)
  if value then
    out[#out + 1] = (out[2] and ',"' or '"') .. name .. '":' .. value
  end
end

function rows_field(out, name, rows)
  if #rows > 0 then
    field(out, name, '[')
    out[#out + 1] = table.concat(rows, ',')
    out[#out + 1] = ']'
  end
end

function object_text(out)
  out[#out + 1] = '}'
  return table.concat(out)
end

-- The level that the member held, the one that he has now, and the explanation.
function encode_told(level, reached, enrols, told)
  local out = object()
  field(out, 'enrols', enrols and 'true')
  field(out, 'level', level ~= 0 and level)
  field(out, 'reached', reached ~= level and reached)
  rows_field(out, 'explanation', told)
  return object_text(out)
end

local function encode_parts(award, shares, period, measures, limits, steps)
  local out, basket = object(), award.basket
  field(out, 'amount', basket and basket[1] ~= 0 and int(basket[1]))
  field(out, 'eligible', basket and basket[2] ~= 0 and int(basket[2]))
  rows_field(out, 'shares', shares)
  field(out, 'period', period)
  rows_field(out, 'measures', measures)
  rows_field(out, 'limits', limits)
  rows_field(out, 'steps', steps)
  field(out, 'lines', basket and basket[3] and '"' .. basket[3] .. '"')
  return object_text(out)
end

local function piece(rule, as, points)
  return {rule = rule, as = as, points = points, full = points}
end

-- What the earn gives at the level that the member holds.
local function pieces_of(award, levels, level)
  local pieces, base = {}, award.base
  if award.stated then
    pieces[1] = piece('stated', 0, award.stated)
  end
  for i = 1, base and #base or 0, 2 do
    pieces[#pieces + 1] = piece('base:' .. base[i], AS_BASE, at_level(base[i + 1], level))
  end
  local bonus = at_level(award.bonus or 0, level)
  if bonus > 0 then
    pieces[#pieces + 1] = piece('tier:' .. levels.levels[level + 1][1], AS_BONUS, bonus)
  end
  return pieces
end

function settle_award(member, award)
  local levels, today = award.levels or NO_LEVELS, award.today
  local lapse = award.lapse or levels
  local candidates, limits = award.candidates or {}, award.limits or {}
  lapse_member(member, lapse, today, award.backdate or 0)
  local enrols = not member.joined
  member.joined = member.joined or award.day
  local level, titles = held_on(levels, member, today), member.titles
  local pieces = pieces_of(award, levels, level)
  local shared = {}
  local turns = turns_of(member, candidates, OPERATION, nil, level, enrols, shared)
  choose(member, turns, shared)
  if award.most then
    cut_bonus(turns, award.most)
  end
  cut_to_limits(member, limits, pieces, turns)
  commit(member, turns, today, shared)

  local limited, used = sum_of(pieces) + sum_of(turns), {}
  for i = 1, limited > 0 and #limits or 0, 3 do
    if limits[i] ~= '' then
      local by = is_of_uses(limits[i + 2]) and 1 or limited
      local key = key_of(limits[i], limits[i + 2], 0)
      count(member, key, by)
      used[#used + 1] = use_text(key, limits[i + 2], by)
    end
  end

  local period, grown, measured, measures = nil, {}, {}, award.measures
  if measures then
    local qualifying = 0
    for i = 1, #turns do
      qualifying = qualifying + (turns[i].candidate.qualifies and turns[i].full or 0)
    end
    for i = 1, #measures, 3 do
      local by = at_level(measures[i + 1], level) + (measures[i + 2] > 0 and qualifying or 0)
      if by > 0 then
        grown[#grown + 1], grown[#grown + 2] = measures[i], by
        measured[#measured + 1] = string.format('"%s",%d,%d,%d', measures[i], measures[i + 2], by, by)
      end
    end
    period = add_measures(levels, member, grown, award.day, today)
  end
  local reached = level
  if member.titles ~= titles then
    lapse_titles(lapse, member, today) -- a level that a late operation has reached can be over already
    reached = held_on(levels, member, today)
  end
  local entries = {}
  for passed = level + 1, reached do
    local of = turns_of(member, candidates, LEVEL, passed, passed, false, shared)
    choose(member, of, shared)
    commit(member, of, today, shared)
    for i = 1, #of do
      entries[#entries + 1] = of[i]
    end
  end

  local told, shares, steps, marks, marked = {}, {}, {}, {}, 0
  for i = 1, #candidates do
    if candidates[i].stamps or candidates[i].streak then
      marks[candidates[i]] = marked
      marked = marked + 1
    end
  end
  tell_pieces(pieces, told, shares)
  tell_turns(turns, true, today, told, shares)
  tell_turns(entries, false, today, told, shares)
  tell_steps(turns, marks, steps)
  tell_steps(entries, marks, steps)
  return {
    points = limited + sum_of(entries), uses = shared, enrols = enrols, level = level, reached = reached,
    told = encode_told(level, reached, enrols, told),
    parts = encode_parts(award, shares, period, period and measured or {}, used, steps)}
end

end
