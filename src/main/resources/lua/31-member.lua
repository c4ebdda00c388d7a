-- The member: what a programme knows of him besides his points. Its text is the same that MemberText.java writes.
--[[
A member is a table of parts, as cjson decodes it; all are left out while empty, and a member without parts has no text.
  joined      a day
  titles      "level until[ period]", rows, in no order
  grant       "level until"
  sums        "first measure:sum[ measure:sum ...]", rows: one for each period, by its first day
  counters    "name unit number count", rows; unit: 1 day, 2 week, 3 month, 4 year, 5 birthday, 6 for ever
  stamps      "promotion count given used[ completions points gifts ...]", rows
  streaks     "promotion given used forgotten;runs;days", rows; runs: "last points gifts[ last points gifts ...]",
              the newest first; days: periods with spaces between, 7x2 is period 7 with 2 operations, 7-9 are three
              periods with one each
  gifts       "until reward promotion", rows, those that end soonest first
  attributes  [id, value, since, ...]
Rows are one text, with commas between them, sorted by what is before their values. An operation edits the few rows that
it is about, and leaves all other text as it is: so a large state costs little. Ids have neither commas nor spaces.

The functions that settle (parts 35 to 37) are pure: they change the member that is passed to them, and nothing else; no
call, no clock, whole numbers only. They are the same that package `award` has in Java.
  settle_award(member, award)                   an earn -> {points, enrols, level, reached, told, parts}
  settle_claim(member, claim, shared)           a payment -> {denial[, full]} or {points, told}; full: the counter of
                                                the limit that had no room; shared: what the operation takes of
                                                shared totals besides, by their number
  give_back_taken(member, taken, points, whole, today)  what a payment took comes back
  settle_undo(member, undo, levels, today, backdate)  the reversal of an earn -> {own, taken_back, used, level, told,
                                                parts}; used: how many of its gifts are not there, by row
  lapse_member(member, levels, today, backdate) what time alone changes
  set_attributes(member, changes, today)        changes: [id, value or false, ...]
  set_grant(member, grant)                      "level until", or nil
  forget_gone(member, gone)                     gone: {promotions, counters}, as `remembered` lists such names
  encode_member(member)                         its text, or nil
award, claim, taken, undo and levels are decoded from the texts of AwardText.java, ClaimText.java, Taken.java and
UndoText.java; told and parts are the texts of Told.java, Taken.java and PartsText.java. Levels of members are counted
from 0, the lowest.
]]

local FOREVER = 2932896
local MAX_PER_OPERATION = 1000000000000

-- Not `a < b`: that goes by the locale of the server.
local function is_before(a, b)
  local length = math.min(#a, #b)
  for i = 1, length do
    local x, y = string.byte(a, i), string.byte(b, i)
    if x ~= y then
      return x < y
    end
  end
  return #a < #b
end

local function is_less(a, b)
  return tonumber(a) < tonumber(b)
end

local function is_counter_before(a, b)
  local name, unit, number = string.match(a, '^(%S+) (%d) (%d+)$')
  local other, other_unit, other_number = string.match(b, '^(%S+) (%d) (%d+)$')
  if name ~= other then
    return is_before(name, other)
  elseif unit ~= other_unit then
    return unit < other_unit
  end
  return is_less(number, other_number)
end

local ROW_ORDER = {sums = is_less, counters = is_counter_before, stamps = is_before, streaks = is_before}
local ROW_KEY = {sums = '^%d+', counters = '^%S+ %d %d+', stamps = '^%S+', streaks = '^%S+'}

-- The value of the row of that key, its first and its last position; nil if there is none.
local function row_of(member, part, key)
  local rows = member[part]
  if not rows then
    return nil
  end
  local start = key .. ' '
  local from, value = 1, #start + 1
  if string.sub(rows, 1, #start) ~= start then
    from, value = string.find(rows, ',' .. start, 1, true) -- no copy of all rows, which can be long
    if not from then
      return nil
    end
    from, value = from + 1, value + 1
  end
  local stop = string.find(rows, ',', value, true) or #rows + 1
  return string.sub(rows, value, stop - 1), from, stop - 1
end

local function new_row(rows, part, key, value)
  local pattern, is_earlier = ROW_KEY[part], ROW_ORDER[part]
  local row = key .. ' ' .. value
  for at, other in string.gmatch(rows, '()([^,]+)') do
    if is_earlier(key, string.match(other, pattern)) then
      return string.sub(rows, 1, at - 1) .. row .. ',' .. string.sub(rows, at)
    end
  end
  return rows .. ',' .. row
end

-- Sets the value of the row of that key, which is there from a position to another, as row_of says; nil removes it.
local function put_row(member, part, key, value, from, to)
  local rows = member[part]
  key = tostring(key)
  if from and value then
    member[part] = string.sub(rows, 1, from + #key) .. value .. string.sub(rows, to + 1)
  elseif from then
    rows = from == 1 and string.sub(rows, to + 2) or string.sub(rows, 1, from - 2) .. string.sub(rows, to + 1)
    member[part] = rows ~= '' and rows or nil
  elseif value then
    member[part] = rows and new_row(rows, part, key, value) or key .. ' ' .. value
  end
end

-- Numbers and words with spaces between them.
local function words(list)
  for i = 1, #list do
    if type(list[i]) == 'number' and list[i] >= 1e14 then
      list[i] = int(list[i]) -- of which `concat` would write only 14 digits
    end
  end
  return table.concat(list, ' ')
end

local function numbers(text)
  local out = {}
  for each in string.gmatch(text, '%d+') do
    out[#out + 1] = tonumber(each)
  end
  return out
end

local function counted(member, key)
  return tonumber((row_of(member, 'counters', key))) or 0
end

-- Counts up, or down to no less than 0.
local function count(member, key, by)
  local before, from, to = row_of(member, 'counters', key)
  local now = (tonumber(before) or 0) + by
  put_row(member, 'counters', key, now > 0 and int(now) or nil, from, to)
end

local known_titles, known_rows = '', {}

-- Titles are rows {level, until, period}. They are asked for several times: the newest answer is kept, so nobody may
-- change it.
local function titles_of(member)
  local titles = member.titles or ''
  if titles ~= known_titles then
    local out = {}
    for level, last, period in string.gmatch(titles, '([^ ,]+) (%d+) ?(%d*)') do
      out[#out + 1] = {level, tonumber(last), tonumber(period)}
    end
    known_titles, known_rows = titles, out
  end
  return known_rows
end

local function set_titles(member, titles)
  local out = {}
  for i = 1, #titles do
    local title = titles[i]
    out[i] = title[1] .. ' ' .. title[2] .. (title[3] and ' ' .. title[3] or '')
  end
  member.titles = #out > 0 and table.concat(out, ',') or nil
end

local MAX_GIFTS = 64

-- Gifts are rows, as text.
local function gifts_of(member)
  local out = {}
  for row in string.gmatch(member.gifts or '', '[^,]+') do
    out[#out + 1] = row
  end
  return out
end

local function set_gifts(member, gifts)
  member.gifts = #gifts > 0 and table.concat(gifts, ',') or nil
end

local function gift_row(reward, last, promotion)
  return last .. ' ' .. reward .. ' ' .. promotion
end

local function is_gift_before(a, b)
  local last, rest = string.match(a, '^(%d+) (.*)$')
  local other, other_rest = string.match(b, '^(%d+) (.*)$')
  if last ~= other then
    return is_less(last, other)
  end
  return is_before(rest, other_rest)
end

-- Adds as many as there is room for; returns how many. What comes back always has room.
local function add_gifts(member, row, number, comes_back)
  local gifts = gifts_of(member)
  local given = comes_back and number or math.min(number, math.max(0, MAX_GIFTS - #gifts))
  local at = #gifts + 1
  while at > 1 and is_gift_before(row, gifts[at - 1]) do
    at = at - 1
  end
  for _ = 1, given do
    table.insert(gifts, at, row)
  end
  set_gifts(member, gifts)
  return given
end

-- Takes up to `number` gifts away, those that end last first; returns how many there were.
local function cancel_gifts(member, number, is_one)
  if number <= 0 or not member.gifts then
    return 0
  end
  local gifts, cancelled = gifts_of(member), 0
  for i = #gifts, 1, -1 do
    if cancelled < number and is_one(gifts[i]) then
      table.remove(gifts, i)
      cancelled = cancelled + 1
    end
  end
  set_gifts(member, gifts)
  return cancelled
end

local function attribute_of(member, id)
  local all = member.attributes or {}
  for i = 1, #all, 3 do
    if all[i] == id then
      return all[i + 1], all[i + 2], i
    end
  end
end

-- An attribute that has the value already keeps its day.
local function set_attributes(member, changes, today)
  local all = member.attributes or {}
  member.attributes = all
  for i = 1, #changes, 2 do
    local id, value = changes[i], changes[i + 1]
    local before, _, at = attribute_of(member, id)
    if not value and before then
      table.remove(all, at)
      table.remove(all, at)
      table.remove(all, at)
    elseif value and before and before ~= value then
      all[at + 1], all[at + 2] = value, today
    elseif value and not before then
      at = 1
      while all[at] and is_before(all[at], id) do
        at = at + 3
      end
      table.insert(all, at, id)
      table.insert(all, at + 1, value)
      table.insert(all, at + 2, today)
    end
  end
end

local function set_grant(member, grant)
  member.grant = grant
end

-- The first words of some rows, each once.
local function add_names(rows, names, seen)
  for name in string.gmatch(rows or '', '([^ ,]+) [^,]+') do
    if not seen[name] then
      names[#names + 1], seen[name] = name, true
    end
  end
end

-- The promotions of which the member has stamps or streaks, and the names of his counters: two texts, with spaces.
local function remembered(member)
  local promotions, counters, seen = {}, {}, {}
  add_names(member.stamps, promotions, seen)
  add_names(member.streaks, promotions, seen)
  add_names(member.counters, counters, {})
  return table.concat(promotions, ' '), table.concat(counters, ' ')
end

local function rows_without(rows, names)
  local gone, kept = {}, {}
  for name in string.gmatch(names or '', '%S+') do
    gone[name] = true
  end
  for row in string.gmatch(rows or '', '[^,]+') do
    if not gone[string.match(row, '^%S+')] then
      kept[#kept + 1] = row
    end
  end
  return #kept > 0 and table.concat(kept, ',') or nil
end

local function forget_gone(member, gone)
  member.stamps = rows_without(member.stamps, gone.promotions)
  member.streaks = rows_without(member.streaks, gone.promotions)
  member.counters = rows_without(member.counters, gone.counters)
end

local ROW_FIELDS = {
  'titles', ',"titles":"', 'grant', ',"grant":"', 'sums', ',"sums":"', 'counters', ',"counters":"',
  'stamps', ',"stamps":"', 'streaks', ',"streaks":"', 'gifts', ',"gifts":"'}

local function encode_member(member)
  local out, n = {nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil}, 0 -- with room for 16
  if member.joined then
    out[1], out[2], n = ',"joined":', member.joined, 2
  end
  for i = 1, #ROW_FIELDS, 2 do
    local rows = member[ROW_FIELDS[i]]
    if rows then
      out[n + 1], out[n + 2], out[n + 3] = ROW_FIELDS[i + 1], rows, '"'
      n = n + 3
    end
  end
  local attributes = member.attributes
  if attributes and attributes[1] then
    for i = 1, #attributes, 3 do
      out[n + 1], out[n + 2], out[n + 3] = i == 1 and ',"attributes":["' or ',"', attributes[i], '",'
      out[n + 4], out[n + 5], out[n + 6] = cjson.encode(attributes[i + 1]), ',', attributes[i + 2]
      n = n + 6
    end
    out[n + 1] = ']'
    n = n + 1
  end
  if n == 0 then
    return nil
  end
  out[1] = '{' .. string.sub(out[1], 2)
  out[n + 1] = '}'
  return table.concat(out)
end
