-- The calendar on plain numbers: a day is a number of days since 1970-01-01, a month is year x 12 + month - 1, a week
-- is a number of ISO weeks since the one of 1970-01-01.

local function day_of(year, month, day)
  local y = month <= 2 and year - 1 or year -- years that begin in March, so that the leap day is the last one
  local centuries = math.floor(y / 400)
  local of_them = y - centuries * 400
  local of_year = math.floor((153 * (month > 2 and month - 3 or month + 9) + 2) / 5) + day - 1
  return centuries * 146097 + of_them * 365 + math.floor(of_them / 4) - math.floor(of_them / 100) + of_year - 719468
end

-- The newest answer of date_of: nearly always the same day is asked for again.
local known_day, known_year, known_month, known_of_month

-- Year, month and day of the month.
local function date_of(day)
  if day ~= known_day then
    local z = day + 719468
    local centuries = math.floor(z / 146097)
    local of = z - centuries * 146097
    local of_them = math.floor((of - math.floor(of / 1460) + math.floor(of / 36524) - math.floor(of / 146096)) / 365)
    local of_year = of - (365 * of_them + math.floor(of_them / 4) - math.floor(of_them / 100))
    local m = math.floor((5 * of_year + 2) / 153)
    local month = m < 10 and m + 3 or m - 9
    known_day, known_year, known_month = day, of_them + centuries * 400 + (month <= 2 and 1 or 0), month
    known_of_month = of_year - math.floor((153 * m + 2) / 5) + 1
  end
  return known_year, known_month, known_of_month
end

local function month_of(day)
  local year, month = date_of(day)
  return year * 12 + month - 1
end

local known_first_of, known_first -- as above

local function first_of_month(month)
  if month ~= known_first_of then
    local year = math.floor(month / 12)
    known_first_of, known_first = month, day_of(year, month - year * 12 + 1, 1)
  end
  return known_first
end

local function is_leap(year)
  return year % 4 == 0 and (year % 100 ~= 0 or year % 400 == 0)
end

-- That many months later: the same day of the month, or its last one.
local function plus_months(day, months)
  local year, of_year, of_month = date_of(day)
  local month = year * 12 + of_year - 1 + months
  local first = first_of_month(month)
  if of_month <= 28 then
    return first + of_month - 1
  end
  return first + math.min(of_month, first_of_month(month + 1) - first) - 1
end
