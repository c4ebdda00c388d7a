-- Stamps and streaks: how operations advance them, and what goes back with a reversal.

-- What other parts use. A chunk has 200 locals at most.
local advance_stamps, advance_streak, note_gave, note_used, stamps_back, period_back, take_gave
do

-- What completions of a promotion gave together is {completions, points, gifts, ...}, the newest last; completions that
-- gave the same share three numbers. Beyond MAX_GAVE the two oldest are merged: then only their sum is exact.
local MAX_GAVE = 8

local function push_gave(gave, completions, points, gifts)
  local n = #gave
  local before = gave[n - 2]
  if before and gave[n - 1] % before == 0 and gave[n] % before == 0 and points % completions == 0
      and gifts % completions == 0 and points / completions == gave[n - 1] / before
      and gifts / completions == gave[n] / before then
    gave[n - 2], gave[n - 1], gave[n] = before + completions, gave[n - 1] + points, gave[n] + gifts
  else
    gave[n + 1], gave[n + 2], gave[n + 3] = completions, points, gifts
  end
  if #gave > 3 * MAX_GAVE then
    for i = 4, 6 do
      gave[i] = gave[i] + gave[i - 3]
    end
    for _ = 1, 3 do
      table.remove(gave, 1)
    end
  end
end

-- Takes the newest completion off; returns its points and gifts, rounded down.
local function pop_gave(gave)
  local n = #gave
  if n == 0 then
    return 0, 0
  end
  local completions = gave[n - 2]
  local points, gifts = math.floor(gave[n - 1] / completions), math.floor(gave[n] / completions)
  if completions > 1 then
    gave[n - 2], gave[n - 1], gave[n] = completions - 1, gave[n - 1] - points, gave[n] - gifts
  else
    gave[n], gave[n - 1], gave[n - 2] = nil, nil, nil
  end
  return points, gifts
end

-- The stamps of a promotion: {count, given, used, gave}, and where they are; nil if there are none. What they gave is
-- text until it is needed.
local function stamps_of(member, promotion)
  local row, from, to = row_of(member, 'stamps', promotion)
  if row then
    local count, given, used, gave = string.match(row, '^(%d+) (%d+) (%d+) ?(.*)$')
    return {tonumber(count), tonumber(given), tonumber(used), gave, from = from, to = to}
  end
end

local function gave_of(stamps)
  if type(stamps[4]) == 'string' then
    stamps[4] = numbers(stamps[4])
  end
  return stamps[4]
end

-- Sets the stamps that were found, or new ones.
local function set_stamps(member, promotion, stamps)
  local row
  if stamps[1] > 0 or stamps[2] > 0 then
    row = stamps[1] .. ' ' .. stamps[2] .. ' ' .. stamps[3]
    local gave = stamps[4]
    if #gave > 0 then
      row = row .. ' ' .. (type(gave) == 'string' and gave or words(gave))
    end
  end
  put_row(member, 'stamps', promotion, row, stamps.from, stamps.to)
end

-- More periods of a streak no program keeps. Who has edited an image must not stop Redis.
local MOST_DAYS = 4000

-- The streak of a promotion, see 31-member.lua; nil if there is none. Runs and days are texts until they are needed.
local function streak_of(member, promotion)
  local row, from, to = row_of(member, 'streaks', promotion)
  if not row then
    return nil
  end
  local given, used, forgotten, runs, days = string.match(row, '^(%d+) (%d+) (-?%d+);([^;]*);(.*)$')
  return {
    given = tonumber(given), used = tonumber(used), forgotten = tonumber(forgotten), runs = runs, days = days,
    from = from, to = to}
end

-- Adds periods from a first to a last one, each with so many operations: more than one only where first is last.
local function add_days(days, first, last, operations)
  if first <= last then
    local n = #days
    days[n + 1], days[n + 2], days[n + 3] = first, last, operations
  end
end

-- The periods of a streak as {first, last, operations, ...}, the oldest first. They are not counted out one by one: who
-- comes each day has a hundred (7 % fewer instructions after 90 days).
local function days_of(streak)
  if type(streak.days) == 'string' then
    local days, number = {}, 0
    for first, kind, second in string.gmatch(streak.days, '(%d+)([x-]?)(%d*)') do
      first = tonumber(first)
      local last = kind == '-' and tonumber(second) or first
      number = number + math.max(0, last - first + 1)
      if number > MOST_DAYS + 1 then
        error('a streak with too many periods')
      end
      add_days(days, first, last, kind == 'x' and tonumber(second) or 1)
    end
    streak.days = days
  end
  return streak.days
end

-- The runs of a streak as {last, points, gifts, ...}, the newest first.
local function runs_of(streak)
  if type(streak.runs) == 'string' then
    streak.runs = numbers(streak.runs)
  end
  return streak.runs
end

local function days_text(days)
  local out, i, n = {}, 1, #days
  while i <= n do
    local first, last, operations = days[i], days[i + 1], days[i + 2]
    i = i + 3
    while operations == 1 and days[i] == last + 1 and days[i + 2] == 1 do
      last = days[i + 1]
      i = i + 3
    end
    out[#out + 1] = operations > 1 and first .. 'x' .. operations or last > first and first .. '-' .. last or first
  end
  return table.concat(out, ' ')
end

-- Sets the streak that was found, or a new one.
local function set_streak(member, promotion, streak)
  if #streak.days == 0 and streak.given == 0 then
    put_row(member, 'streaks', promotion, nil, streak.from, streak.to)
    return
  end
  local runs, days = streak.runs, streak.days
  local row = streak.given .. ' ' .. streak.used .. ' ' .. streak.forgotten .. ';'
    .. (type(runs) == 'string' and runs or words(runs)) .. ';' .. (type(days) == 'string' and days or days_text(days))
  put_row(member, 'streaks', promotion, row, streak.from, streak.to)
end

-- The last period of the newest rewarded run.
local function end_of(streak)
  local runs = streak.runs
  return math.max(streak.forgotten, type(runs) == 'string' and tonumber(string.match(runs, '^%d+')) or runs[1] or -1)
end

-- An operation advances a promotion: `by` is {target, repeat, stamps, of units}. Returns how often it becomes complete.
function advance_stamps(member, promotion, by)
  local stamps = stamps_of(member, promotion) or {0, 0, 0, {}}
  local count = stamps[1] + by[3]
  local full = math.floor(count / by[1])
  local due = math.max(0, (by[2] == 1 and full or math.min(full, 1)) - stamps[2])
  if count > 0 then
    stamps[1], stamps[2] = count, stamps[2] + due
    set_stamps(member, promotion, stamps)
  end
  return due
end

-- The days with an operation more in a period.
local function with_day(days, period)
  local n = #days
  if n == 0 or days[n - 1] < period then -- the usual cases
    add_days(days, period, period, 1)
    return days
  elseif days[n - 2] == period and days[n - 1] == period then
    days[n] = days[n] + 1
    return days
  end
  local out, is_there = {}, false
  for i = 1, n, 3 do
    local first, last, operations = days[i], days[i + 1], days[i + 2]
    if is_there or last < period then
      add_days(out, first, last, operations)
    else
      is_there = true
      local is_new = period < first
      add_days(out, first, period - 1, operations)
      add_days(out, period, period, is_new and 1 or operations + 1)
      add_days(out, is_new and first or period + 1, last, operations)
    end
  end
  return out
end

-- The last period of the first complete run after `from`; nil if there is none.
local function completed(days, from, target)
  local length, previous = 0, -1
  local at = #days + 1
  while at > 1 and days[at - 2] > from do
    at = at - 3
  end
  for i = at, #days, 3 do
    local first, last = math.max(days[i], from + 1), days[i + 1]
    if first ~= previous + 1 then
      length = 0
    end
    local after = length + last - first + 1
    if length < target and after >= target then
      return last - (after - target)
    end
    length, previous = after, last
  end
end

-- Keeps the newest runs, those that a late operation can still touch, their periods, and the newest periods.
local function prune(streak, target, oldest, kept_runs)
  local days = days_of(streak)
  local text = type(streak.runs) == 'string' and streak.runs or words(streak.runs)
  if days[1] >= oldest and #text < 6 * kept_runs then
    return -- each run has 6 letters or more
  end
  local ends, n = {}, 0
  for last in string.gmatch(text, '(%d+) %d+ %d+') do
    n = n + 1
    ends[n] = tonumber(last)
  end
  while n > kept_runs and ends[n] < oldest do
    local runs = runs_of(streak)
    streak.forgotten = math.max(streak.forgotten, ends[n])
    runs[3 * n], runs[3 * n - 1], runs[3 * n - 2] = nil, nil, nil
    n = n - 1
  end
  if days[1] >= oldest then
    return
  end
  local kept, run = {}, n
  for i = 1, #days, 3 do
    local first, last, operations = days[i], days[i + 1], days[i + 2]
    while first <= last and first < oldest do -- a part of them: up to the end of a run
      while run > 0 and ends[run] < first do
        run = run - 1
      end
      local stop = math.min(last, oldest - 1)
      if run > 0 then
        stop = math.min(stop, ends[run])
        add_days(kept, math.max(first, ends[run] - target + 1), stop, operations)
      end
      first = stop + 1
    end
    add_days(kept, first, last, operations)
  end
  streak.days = kept
end

-- `by` is {target, repeat, period, oldest, kept runs}. Returns how often it becomes complete, and the end of the new
-- run.
function advance_streak(member, promotion, by)
  local target = by[1]
  local streak = streak_of(member, promotion) or {given = 0, used = 0, forgotten = -1, runs = '', days = {}}
  local before, last = streak.given, end_of(streak)
  streak.days = with_day(days_of(streak), by[3])
  while by[2] == 1 or streak.given == 0 do
    last = completed(streak.days, last, target)
    if not last then
      break
    end
    local runs = runs_of(streak)
    table.insert(runs, 1, 0)
    table.insert(runs, 1, 0)
    table.insert(runs, 1, last)
    streak.given = streak.given + 1
  end
  prune(streak, target, by[4], by[5])
  set_streak(member, promotion, streak)
  return streak.given - before, streak.given > before and end_of(streak) or nil
end

-- Notes what completions gave.
function note_gave(member, promotion, is_streak, completions, points, gifts)
  if not is_streak then
    local stamps = stamps_of(member, promotion) or {0, 0, 0, {}}
    push_gave(gave_of(stamps), completions, points, gifts)
    set_stamps(member, promotion, stamps)
    return
  end
  local streak = streak_of(member, promotion)
  local runs, all = runs_of(streak), {completions, points, gifts}
  for i = 1, math.min(#runs, 3 * completions), 3 do
    runs[i + 1], runs[i + 2] = pop_gave(all)
  end
  set_streak(member, promotion, streak)
end

-- A gift of the promotion was used (`by` 1), or its use was undone (-1).
function note_used(member, promotion, by)
  local stamps, streak = stamps_of(member, promotion), streak_of(member, promotion)
  if stamps then
    stamps[3] = math.max(0, stamps[3] + by)
    set_stamps(member, promotion, stamps)
  end
  if streak then
    streak.used = math.max(0, streak.used + by)
    set_streak(member, promotion, streak)
  end
end

-- Stamps go back. Returns the points and gifts of the completions that are then too many.
function stamps_back(member, promotion, target, number)
  local stamps = stamps_of(member, promotion) or {0, 0, 0, {}}
  local points, gifts = 0, 0
  stamps[1] = math.max(0, stamps[1] - number)
  while stamps[2] > math.floor(stamps[1] / target) and stamps[2] > stamps[3] do
    local more_points, more_gifts = pop_gave(gave_of(stamps))
    points, gifts = points + more_points, gifts + more_gifts
    stamps[2] = stamps[2] - 1
  end
  set_stamps(member, promotion, stamps)
  return points, gifts
end

-- A period goes back: if it was the last operation in it, the run that it belonged to is broken. A run that is no
-- longer kept goes back with the operation that completed it: it gave `points` and `gifts`. Returns what the run gave.
function period_back(member, promotion, target, period, run, points, gifts)
  local streak = streak_of(member, promotion) or {given = 0, used = 0, forgotten = -1, runs = '', days = {}}
  local is_empty, is_taken, days, runs = false, false, {}, {}
  local old_days = days_of(streak)
  for i = 1, #old_days, 3 do
    local first, last, operations = old_days[i], old_days[i + 1], old_days[i + 2]
    if period < first or period > last then
      add_days(days, first, last, operations)
    elseif operations > 1 then
      add_days(days, first, last, operations - 1)
    else
      is_empty = true
      add_days(days, first, period - 1, 1)
      add_days(days, period + 1, last, 1)
    end
  end
  local taken_points, taken_gifts = 0, 0
  local old_runs = runs_of(streak)
  for i = 1, #old_runs, 3 do
    local last = old_runs[i]
    local holds = not is_empty or period > last or period <= last - target
    if holds or streak.given <= streak.used then
      runs[#runs + 1], runs[#runs + 2], runs[#runs + 3] = last, old_runs[i + 1], old_runs[i + 2]
    else
      is_taken, taken_points, taken_gifts = true, old_runs[i + 1], old_runs[i + 2]
      streak.given = streak.given - 1
    end
  end
  if not is_taken and run and run <= streak.forgotten and streak.given > streak.used then
    taken_points, taken_gifts = points, gifts
    streak.given = streak.given - 1
  end
  streak.days, streak.runs = days, runs
  set_streak(member, promotion, streak)
  return taken_points, taken_gifts
end

-- Some points of the newest completions, or of a run, are taken back by themselves. Returns how many of `most` were
-- still there.
function take_gave(member, promotion, run, most)
  local stamps = stamps_of(member, promotion)
  if stamps then
    local gave, left = gave_of(stamps), most
    for i = #gave - 1, 1, -3 do
      local part = math.min(left, gave[i])
      gave[i] = gave[i] - part
      left = left - part
    end
    set_stamps(member, promotion, stamps)
    return most - left
  end
  local streak = streak_of(member, promotion)
  if not streak or not run then
    return 0
  elseif run <= streak.forgotten then
    return most
  end
  local part = 0
  local runs = runs_of(streak)
  for i = 1, #runs, 3 do
    if runs[i] == run then
      part = math.min(most, runs[i + 1])
      runs[i + 1] = runs[i + 1] - part
    end
  end
  set_streak(member, promotion, streak)
  return part
end

end
