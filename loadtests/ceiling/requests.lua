-- What wrk sends: one kind of call on accounts chosen at random, each POST under a key of its own.
--   wrk ... -s requests.lua http://host:port -- <kind> <path before the account> <accounts> <run> [<rate> [timed]]
-- Kinds: earn, redeem, mixed (70 % earn, 20 % redeem, 10 % balance), balance, classes (60 % earn, 30 % redeem, 10 %
-- capture of what was held in the first three seconds, in which nothing else is sent and nothing counts), hot (earns and redeems in turn, all on
-- account 1), hot-one-old and hot-old (the same, but every twentieth call is one that was sent two seconds ago or more,
-- under its key: always the first one, or each once). With a rate, that many calls a second of all connections together, at random moments, as long as a
-- connection is free. With "timed" each call carries the time at which it was sent as its X-Request-Id,
-- which comes back: so refusals have percentiles of their own, in the line REFUSED: how many 503, latency at 50 % and 99 %
-- and the highest in microseconds; that costs the load generator about as much as sending. Calls of "classes" are timed
-- always, in a line CLASS-... each: how many were answered (2xx, or 4xx with the account's no), how many got 503, how many
-- something else, and the latency of the answered. The last line is for the
-- driver: completed, microseconds, latency at 50 % and 99 % in microseconds, answers that were not 2xx or 3xx, socket
-- errors. One thread (wrk -t1) where a rate is given.

local ffi = require 'ffi'
ffi.cdef 'typedef struct { long s; long ns; } timespec; int clock_gettime(int clock, timespec *time);'

local EARN = '{"amount":"42.50","currency":"EUR","reference":"20261121-0042-03-0199"}'
local HOLD = '{"points":25,"ttlSeconds":60}'
local REDEEM = '{"points":25,"reference":"20261121-0042-03-0199"}'

local threads = {}

function setup(thread)
  thread:set('thread_number', #threads)
  table.insert(threads, thread)
end

local time = ffi.new 'timespec'

local function now() -- in microseconds, monotonic
  ffi.C.clock_gettime(1, time)
  return tonumber(time.s) * 1e6 + tonumber(time.ns) / 1e3
end

local function keep_rate()
  local due = now()
  function delay()
    local at = now()
    due = math.max(due - math.log(1 - math.random()) * 1e6 / rate, at - 1e5) -- what was missed is soon let go
    return math.max(0, (due - at) / 1e3)
  end
end

local function time_refusals()
  refused = {}
  function response(status, headers)
    if status == 503 then
      table.insert(refused, now() - tonumber(headers['X-Request-Id']))
    end
  end
end

-- Of each class its calls, by what became of them, and how long the answered ones took. Flat, since wrk can't copy tables
-- of tables out of a thread.
local CLASSES = {e = 'earn', r = 'redeem', c = 'capture'}
local held = {}
local begun

local function count(what)
  _G[what] = (_G[what] or 0) + 1
end

local function watch_classes()
  for _, class in pairs(CLASSES) do
    _G['times_' .. class] = {}
  end
  function response(status, headers, body)
    local letter, time, account = headers['X-Request-Id']:match('^(%a):(%d+):(.*)$')
    local class = CLASSES[letter]
    if letter == 'h' then
      local hold = body:match('"hold":{[^}]*"id":"([^"]+)"')
      if hold then
        table.insert(held, {account, hold})
      end
    elseif status == 503 then
      count('refused_' .. class)
    elseif status < 300 or status == 409 then
      table.insert(_G['times_' .. class], now() - tonumber(time))
    else
      count('others_' .. class)
    end
  end
end

function init(args)
  rate = tonumber((args[5] or '0'):match('%d+'))
  timed = args[6] == 'timed'
  if rate > 0 then
    keep_rate()
  end
  if timed then
    time_refusals()
  end
  kind, prefix, accounts, run = args[1], args[2], tonumber(args[3]), args[4]
  if kind == 'classes' then
    watch_classes()
  end
  sent = 0
  math.randomseed(os.time() * 31 + thread_number)
  head = ' HTTP/1.1\r\nHost: ' .. wrk.host .. ':' .. wrk.port .. '\r\n'
  local key = os.getenv('STAMPEDE_KEY') -- of a gateway; the other programs need none
  if key and key ~= '' then
    head = head .. 'Authorization: Bearer ' .. key .. '\r\n'
  end
end

local function sent_at()
  return timed and string.format('X-Request-Id: %.0f\r\n', now()) or ''
end

local function get(account)
  return 'GET ' .. prefix .. account .. head .. sent_at() .. '\r\n'
end

local function post(account, call, body, number)
  number = number or sent + 1
  sent = math.max(sent, number)
  return table.concat({
    'POST ', prefix, account, '/', call, head, sent_at(), 'Content-Type: application/json\r\nIdempotency-Key: ', run,
    '-', thread_number, '-', number, '\r\nContent-Length: ', #body, '\r\n\r\n', body})
end

local function of_class(letter, account, call, body)
  return (post(account, call, body):gsub('\r\n', string.format('\r\nX-Request-Id: %s:%.0f:%s\r\n', letter, now(),
    account), 1))
end

local function any_class(account)
  begun = begun or now()
  if now() - begun < 3e6 then
    return of_class('h', account, 'holds', HOLD)
  end
  local of_ten = math.random(1, 10)
  local hold = of_ten == 10 and table.remove(held)
  if hold then
    return of_class('c', hold[1], 'holds/' .. hold[2] .. '/capture', '{}')
  elseif of_ten >= 7 and of_ten <= 9 then
    return of_class('r', account, 'redeem', REDEEM)
  end
  return of_class('e', account, 'earn', EARN)
end

local function hot(number)
  if number % 2 == 1 then
    return post('a-1', 'earn', EARN, number)
  end
  return post('a-1', 'redeem', REDEEM, number)
end

local asked, repeated, times = 0, 0, {}

-- The number of a call that is old enough to be sent again, or nil.
local function old()
  local number = kind == 'hot-one-old' and 1 or repeated + 1
  if times[number] and now() - times[number] > 2e6 then
    repeated = repeated + 1
    return number
  end
end

local function hot_with_retries()
  asked = asked + 1
  local again = asked % 20 == 0 and old()
  if again then
    return hot(again)
  end
  times[sent + 1] = now()
  return hot(sent + 1)
end

function request()
  if kind == 'hot' then
    return hot(sent + 1)
  elseif kind == 'hot-one-old' or kind == 'hot-old' then
    return hot_with_retries()
  end
  local account = 'a-' .. math.random(1, accounts)
  if kind == 'classes' then
    return any_class(account)
  elseif kind == 'earn' then
    return post(account, 'earn', EARN)
  elseif kind == 'redeem' then
    return post(account, 'redeem', REDEEM)
  elseif kind == 'balance' then
    return get(account)
  end
  local of_ten = math.random(1, 10)
  if of_ten <= 7 then
    return post(account, 'earn', EARN)
  elseif of_ten <= 9 then
    return post(account, 'redeem', REDEEM)
  end
  return get(account)
end

function done(summary, latency, requests)
  local all = threads[1]:get('refused')
  if all then
    table.sort(all)
    local n = #all
    print(string.format('REFUSED %d %.0f %.0f %.0f', n, all[math.ceil(n / 2)] or 0, all[math.ceil(n * 0.99)] or 0, all[n] or 0))
  end
  if threads[1]:get('kind') == 'classes' then
    for _, class in pairs(CLASSES) do
      local times = threads[1]:get('times_' .. class)
      table.sort(times)
      print(string.format('CLASS-%s %d %d %d %.0f %.0f %.0f', class, #times, threads[1]:get('refused_' .. class) or 0,
        threads[1]:get('others_' .. class) or 0, times[math.ceil(#times / 2)] or 0,
        times[math.ceil(#times * 0.99)] or 0, times[#times] or 0))
    end
  end
  local errors = summary.errors
  print(string.format('RESULT %d %d %d %d %d %d', summary.requests, summary.duration, latency:percentile(50),
    latency:percentile(99), errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
