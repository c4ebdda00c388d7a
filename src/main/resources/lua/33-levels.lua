-- A member's sums, titles and level; and what time changes.

-- What other parts use. A chunk has 200 locals at most.
local NO_LEVELS, held_on, add_measures, lapse_titles, has_old_titles, take_measures, rows_from, lapse_member
do

-- Levels are {cycle, anchor, months, next, grace, valid, downgrade, lower, levels}; levels[i] is {id, all, measure,
-- at least, measure, at least, ...}, the lowest first. Numbers that are 0 are left out: a calendar's cycle, the
-- downgrade that keeps. nil where the programme has no levels.
local ANNIVERSARY, ROLLING = 1, 2
local ONE_DOWN, REQUALIFIED = 1, 2
local ROLLING_MONTHS = 12
NO_LEVELS = {months = 12, levels = {}}

-- 0 if there is none of that id (any more)
local function index_of(levels, id)
  for i = 1, #levels.levels do
    if levels.levels[i][1] == id then
      return i - 1
    end
  end
  return 0
end

-- The index of the highest level that these sums reach.
local function reached_by(levels, sums)
  for i = #levels.levels, 2, -1 do
    local level = levels.levels[i]
    local reached, needed = 0, 0
    for j = 3, #level, 2 do
      needed = needed + 1
      if (sums[level[j]] or 0) >= level[j + 1] then
        reached = reached + 1
      end
    end
    if reached > 0 and (level[2] == 0 or reached == needed) then
      return i - 1
    end
  end
  return 0
end

-- The first day of the period in which a day lies, and its last one unless it is rolling. Periods are computed from the
-- anchor or the day of joining.
local function period_of(levels, member, day)
  if levels.cycle == ROLLING then
    local _, _, of_month = date_of(day)
    return day - of_month + 1
  end
  local start = levels.anchor or 0
  if levels.cycle == ANNIVERSARY then
    start = member.joined or day
  end
  local months = levels.months
  local number = math.floor((month_of(day) - month_of(start)) / months)
  local first = plus_months(start, number * months)
  if first > day then
    return plus_months(start, (number - 1) * months), first - 1
  end
  return first, plus_months(start, (number + 1) * months) - 1
end

-- The highest level of the titles that are alive on a day.
local function standing_on(levels, titles, day)
  local highest = 0
  for i = 1, #titles do
    if titles[i][2] >= day then
      highest = math.max(highest, index_of(levels, titles[i][1]))
    end
  end
  return highest
end

-- The level that the member has on a day.
function held_on(levels, member, day)
  local granted = 0
  if member.grant then
    local level, last = string.match(member.grant, '^(%S+) (%d+)$')
    granted = tonumber(last) >= day and index_of(levels, level) or 0
  end
  return member.titles and math.max(granted, standing_on(levels, titles_of(member), day)) or granted
end

-- Adds up the sums of those rows whose periods begin from a day to another.
local function add_sums(rows, from, to)
  local sums, counts = {}, false
  for first, measure, sum in string.gmatch(rows, '(%d*) ([^ ,:]+):(%d+)') do
    if first ~= '' then
      first = tonumber(first)
      counts = first >= from and first <= to
    end
    if counts then
      sums[measure] = (sums[measure] or 0) + tonumber(sum)
    end
  end
  return sums
end

local function sums_of(member, period)
  local row = row_of(member, 'sums', period)
  return row and add_sums('0 ' .. row, 0, 0) or {}
end

-- The sums that count for levels on a day: of its period, or of this month and the twelve before it.
local function sums_on(levels, member, day)
  if not member.sums then
    return {}
  elseif levels.cycle ~= ROLLING then
    return sums_of(member, (period_of(levels, member, day)))
  end
  return add_sums(member.sums, first_of_month(month_of(day) - ROLLING_MONTHS), day)
end

-- Adds {measure, by, ...} to the sums of a period; `by` can be negative.
local function grow(member, period, measures, sign)
  local row, from, to = row_of(member, 'sums', period)
  local sums = row and add_sums('0 ' .. row, 0, 0) or {}
  for i = 1, #measures, 2 do
    local now = math.min(MAX_POINTS, (sums[measures[i]] or 0) + sign * measures[i + 1])
    sums[measures[i]] = now > 0 and now or nil
  end
  local names = {}
  for measure in pairs(sums) do
    names[#names + 1] = measure
  end
  if #names > 1 then
    table.sort(names, is_before)
  end
  for i = 1, #names do
    names[i] = names[i] .. ':' .. int(sums[names[i]])
  end
  put_row(member, 'sums', period, #names > 0 and table.concat(names, ' ') or nil, from, to)
end

-- The first day from which on something counts today: of the previous period, or of the first of 13 months.
local function counting_from(levels, member, today)
  if levels.cycle == ROLLING then
    return first_of_month(month_of(today) - ROLLING_MONTHS)
  end
  return (period_of(levels, member, period_of(levels, member, today) - 1))
end

-- One title for each period: the highest that was reached in it.
local function reach(levels, member, level, period, last)
  local kept, has_higher = {}, false
  for _, title in ipairs(titles_of(member)) do
    local is_higher = index_of(levels, title[1]) > level
    has_higher = has_higher or (title[3] == period and is_higher)
    if title[3] ~= period or is_higher then
      kept[#kept + 1] = title
    end
  end
  if not has_higher then
    kept[#kept + 1] = {levels.levels[level + 1][1], last, period}
  end
  set_titles(member, kept)
end

-- Adds {measure, by, ...}, and gives the title of a level that is reached. Returns the first day of the period in which
-- they were counted; nil if that was too long ago.
function add_measures(levels, member, measures, day, today)
  local from = math.max(day, member.joined or day)
  if #levels.levels == 0 or (from < today and from < counting_from(levels, member, today)) then
    return nil
  end
  local rolls = levels.cycle == ROLLING
  local first, last = period_of(levels, member, from)
  if not rolls then
    grow(member, first, measures, 1)
    local after = reached_by(levels, sums_of(member, first))
    if after > 0 then
      if levels.next then
        local _, end_of_next = period_of(levels, member, last + 1)
        last = end_of_next
      end
      reach(levels, member, after, first, last + (levels.grace or 0))
    end
    return first
  end
  local sums = sums_on(levels, member, today)
  local before = reached_by(levels, sums)
  grow(member, first, measures, 1)
  if first <= today then
    for i = 1, #measures, 2 do
      sums[measures[i]] = (sums[measures[i]] or 0) + measures[i + 1]
    end
  end
  local after = reached_by(levels, sums)
  if after > before or (after > 0 and after > standing_on(levels, titles_of(member), today)) then
    reach(levels, member, after, first, plus_months(from, levels.valid or 0))
  end
  return first
end

-- What comes after a title, on the day after its last one.
local function succeed(levels, member, titles, title, day)
  local index = index_of(levels, title[1])
  if levels.downgrade ~= ONE_DOWN and levels.downgrade ~= REQUALIFIED then
    if index > standing_on(levels, titles, FOREVER) then
      for i = #titles, 1, -1 do
        if titles[i][2] == FOREVER then
          table.remove(titles, i)
        end
      end
      titles[#titles + 1] = {title[1], FOREVER, title[3]}
    end
    return
  end
  local rolls = levels.cycle == ROLLING
  local next_one = rolls and reached_by(levels, sums_on(levels, member, day)) or 0
  if levels.downgrade == ONE_DOWN then
    next_one = math.max(next_one, index - 1)
  end
  if next_one > standing_on(levels, titles, day) then
    local _, last = period_of(levels, member, day)
    last = last and last + (levels.grace or 0) or plus_months(day, levels.valid or 0)
    titles[#titles + 1] = {levels.levels[next_one + 1][1], last}
  end
end

-- Whether a title is over, and was left alone.
function has_old_titles(member, today)
  local titles = titles_of(member)
  for i = 1, #titles do
    if titles[i][2] < today then
      return true
    end
  end
  return false
end

-- Ends the titles whose last day is over, in the order of their days. A programme that has no levels at the moment
-- leaves those of its members alone.
function lapse_titles(levels, member, today)
  if #levels.levels == 0 or not has_old_titles(member, today) then
    return
  end
  local titles, changed = titles_of(member), false
  while true do
    local first = today
    for i = 1, #titles do
      first = math.min(first, titles[i][2])
    end
    if first >= today or first >= FOREVER then
      break
    end
    local kept, ended = {}, {}
    for i = 1, #titles do
      local title = titles[i]
      if title[2] == first then
        local at = #ended + 1 -- the highest first
        while at > 1 and index_of(levels, ended[at - 1][1]) < index_of(levels, title[1]) do
          at = at - 1
        end
        table.insert(ended, at, title)
      else
        kept[#kept + 1] = title
      end
    end
    titles, changed = kept, true
    for i = 1, #ended do
      succeed(levels, member, titles, ended[i], first + 1)
    end
  end
  if changed then
    set_titles(member, titles)
  end
end

-- Takes {measure, by, ...} from the sums of a period, if they are kept. Where a reversal lowers levels, titles that
-- were reached in it fall to what its sums still reach. Where the cycle is rolling nobody knows the sums of the day on
-- which a title was reached: titles fall if the sum of today reached them until now and no longer does.
function take_measures(levels, member, measures, period, today)
  if not row_of(member, 'sums', period) then
    return
  end
  local rolls = levels.cycle == ROLLING
  local before = reached_by(levels, sums_on(levels, member, rolls and today or period))
  grow(member, period, measures, -1)
  if not levels.lower then
    return
  end
  local now = reached_by(levels, sums_on(levels, member, rolls and today or period))
  local kept = {}
  for _, title in ipairs(titles_of(member)) do
    local index = index_of(levels, title[1])
    local falls = title[3] == period
    if rolls then
      falls = index <= before
    end
    if not falls or index <= now then
      kept[#kept + 1] = title
    elseif now > 0 then
      kept[#kept + 1] = {levels.levels[now + 1][1], title[2], title[3]}
    end
  end
  set_titles(member, kept)
end

-- The number of the oldest window of each unit that a day, or a later one, is in. Birthdays count for a year and more.
local OLDEST = {
  ['1'] = function(day) return day end,
  ['2'] = function(day) return math.floor((day + 3) / 7) end,
  ['3'] = month_of,
  ['4'] = function(day) return (date_of(day)) end,
  ['5'] = function(day) return (date_of(day)) - 1 end}

local function lapse_counters(member, day)
  if not string.find(member.counters, ' [1-5] ') then
    return
  end
  local oldest, ended = {}, false
  for unit, number in string.gmatch(member.counters, ' ([1-5]) (%d+) %d+') do
    oldest[unit] = oldest[unit] or OLDEST[unit](day)
    ended = ended or tonumber(number) < oldest[unit]
  end
  if ended then
    local kept = {}
    for row, unit, number in string.gmatch(member.counters, '([^ ,]+ (%d) (%d+) %d+)') do
      if unit == '6' or tonumber(number) >= oldest[unit] then
        kept[#kept + 1] = row
      end
    end
    member.counters = #kept > 0 and table.concat(kept, ',') or nil
  end
end

-- Keeps the rows from the first one on that begins with a number of at least `from`.
function rows_from(rows, from)
  while rows and tonumber(string.match(rows, '^%d+')) < from do
    local comma = string.find(rows, ',', 1, true)
    rows = comma and string.sub(rows, comma + 1) or nil
  end
  return rows
end

-- What time alone changes. Counters are kept as long as an operation of that many days ago can reach them; and a day
-- more, because one that came before midnight can be decided after it.
function lapse_member(member, levels, today, backdate)
  levels = levels or NO_LEVELS
  lapse_titles(levels, member, today)
  if member.sums then
    member.sums = rows_from(member.sums, counting_from(levels, member, today))
  end
  if member.grant and tonumber(string.match(member.grant, '%d+$')) < today then
    member.grant = nil
  end
  member.gifts = rows_from(member.gifts, today)
  if member.counters then
    lapse_counters(member, today - backdate - 1)
  end
end

end
