-- What wrk sends: one kind of call on accounts chosen at random, each POST under a key of its own.
--   wrk ... -s requests.lua http://host:port -- <kind> <path before the account> <accounts> <run> [<pause>]
-- Kinds: earn, redeem, mixed (70 % earn, 20 % redeem, 10 % balance), balance, hot (earns and redeems in turn, all on
-- account 1). The last line that it prints is for the driver: completed, microseconds, latency at 50 % and 99 % in
-- microseconds, answers that were not 2xx or 3xx, socket errors.

local EARN = '{"amount":"42.50","currency":"EUR","reference":"20261121-0042-03-0199"}'
local REDEEM = '{"points":25,"reference":"20261121-0042-03-0199"}'

local threads = 0

function setup(thread)
  thread:set('thread_number', threads)
  threads = threads + 1
end

function init(args)
  local pause = tonumber(args[5] or '0') -- ms on average, exponential, between a connection's answer and its next call
  if pause > 0 then
    function delay()
      return -pause * math.log(1 - math.random())
    end
  end
  kind, prefix, accounts, run = args[1], args[2], tonumber(args[3]), args[4]
  sent = 0
  math.randomseed(os.time() * 31 + thread_number)
  head = ' HTTP/1.1\r\nHost: ' .. wrk.host .. ':' .. wrk.port .. '\r\n'
end

local function get(account)
  return 'GET ' .. prefix .. account .. head .. '\r\n'
end

local function post(account, call, body)
  sent = sent + 1
  return table.concat({
    'POST ', prefix, account, '/', call, head, 'Content-Type: application/json\r\nIdempotency-Key: ', run, '-',
    thread_number, '-', sent, '\r\nContent-Length: ', #body, '\r\n\r\n', body})
end

function request()
  if kind == 'hot' then
    if sent % 2 == 0 then
      return post('a-1', 'earn', EARN)
    end
    return post('a-1', 'redeem', REDEEM)
  end
  local account = 'a-' .. math.random(1, accounts)
  if kind == 'earn' then
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
  local errors = summary.errors
  print(string.format('RESULT %d %d %d %d %d %d', summary.requests, summary.duration, latency:percentile(50),
    latency:percentile(99), errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
