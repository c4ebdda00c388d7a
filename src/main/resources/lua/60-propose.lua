-- Proposing: decide, and write the proposal.

-- What is done on a frozen account; on a closed one, only a lapse is.
local ALWAYS = {enrol = true, freeze = true, unfreeze = true, close = true, grant = true, lapse = true}

-- What is not done on an account that is frozen for spending.
local SPENDS = {redeem = true, hold = true}

-- Fields that come later are named, too: Lua then makes room for them at once.
local function new_state(text, op, now)
  local a = cjson.decode(text)
  a.member_text, a.unchanged = nil, a.member and text
  local at = math.max(now, a.at)
  return {
    a = a, op = op, at = at, today = op.today or math.floor(at / DAY), entries = {}, ended = {}, uses = {},
    counter = nil, target = nil, full = nil, own = 0,
    d = {
      prev = a.head, digest = redis.sha1hex(text), version = a.version + 1, at = at, outcome = 'ok', points = 0,
      lapsed = false, entries = nil, created = nil, parts = nil, told = nil, uses = nil}}
end

-- The state after a refusal: the unchanged image, except for the head; no changes by time are written.
local function declined(text, op, now, code)
  local s = new_state(text, op, now)
  s.d.outcome = code
  return s
end

-- A decision on the image `text`: the new state, or nil and a reply that needs no proposal.
local function decided(key, text, op, now, facts, counter, sealed)
  local s = new_state(text, op, now)
  local a = s.a
  local looked_up
  s.counter, s.target = counter, facts
  if not a.enrolled and not op.autoEnrol and not (op.type == 'void' and op.voids) then
    return nil, {'not_enrolled'}
  end
  if op.before and op.before ~= (a.attributes or '') then
    return nil, {'moved'}
  end
  if op['until'] and s.at >= op['until'] then
    return nil, {'day', int(s.at)}
  end
  if not counter and (op.hold or (facts and facts.id)) then
    local hold = find_hold(a, op.hold or facts.id)
    if not hold then
      local why
      s.counter, why = counter_of(key, op, facts, sealed)
      if why then
        return nil, {why}
      end
      looked_up = type(s.counter) == 'table' and s.counter.text or s.counter
    elseif hold[3] <= s.at and op.hold then
      return declined(text, op, now, a.frozen and 'account_frozen' or 'hold_expired')
    end
  end
  if a.frozen and not ALWAYS[op.type] or a.spendingFrozen and SPENDS[op.type] then
    return declined(text, op, now, 'account_frozen')
  elseif a.closed and op.type ~= 'lapse' then
    return declined(text, op, now, 'account_closed')
  end
  lapse(a, s.at, s.today, s.entries, s.ended)
  for i = 1, #s.ended do
    local hold = s.ended[i][3]
    if taken_of(hold) then
      give_back_besides(s, taken_of(hold), hold[2], true)
    end
    if facts and hold[1] == facts.id then
      s.counter = 'expired'
    end
  end
  if op.renews then
    renew(a, s.today, op.renews)
  end
  if op.gone and a.member then
    forget_gone(a.member, op.gone)
    keep_member(a, a.member)
  end
  local own, member = #s.entries, op.type == 'lapse' and member_text(a)
  local refusal = decide[op.type](s)
  if refusal == FULL then
    return nil, {FULL, remembered(a.member)}
  elseif refusal == STEP_UP then
    return nil, {STEP_UP}
  elseif refusal then
    local why = declined(text, op, now, refusal)
    if s.full and s.full ~= '' then
      why.d.told = '{"full":"' .. s.full .. '"}'
    end
    if looked_up then
      -- data outside the digest must not decide: Postgres checks the state on which the decline rests
      why.d.basis, why.d.rests = op.hold or facts.id, looked_up
    end
    return why
  end
  if op.type == 'lapse' and own == 0 and member_text(a) == member
      and not (a.member and has_old_titles(a.member, s.today)) then -- the ledger must hear of those: they are not due
    return nil, {'unchanged', text}
  end
  s.d.lapsed, s.own = own > 0, own
  return s
end

-- Uses as [[number, units], ...], in the order of the numbers; nil if there are none.
local function encode_uses(uses)
  local numbers, out = {}, {}
  for number, units in pairs(uses) do
    if units ~= 0 then
      numbers[#numbers + 1] = number
    end
  end
  if #numbers == 0 then
    return nil
  end
  table.sort(numbers)
  for i = 1, #numbers do
    out[i] = '[' .. int(numbers[i]) .. ',' .. int(uses[numbers[i]]) .. ']'
  end
  return '[' .. table.concat(out, ',') .. ']'
end

-- Completes the decision; returns the new image and the proposal's text.
local function written(s, operation, tag)
  local a, d, op = s.a, s.d, s.op
  d.entries, d.uses = s.entries, encode_uses(s.uses)
  for i = s.own + 1, #s.entries do
    d.points = d.points + s.entries[i].available
  end
  a.head, a.version, a.at = op.id, d.version, s.at
  local image = encode(a)
  return image, op.id .. ' ' .. tag .. '\n' .. operation .. '\n' .. encode_decision(d) .. '\n' .. image
end

local function forget(key, version)
  local used, left_by_it = unpack(redis.call('HMGET', key, 'v' .. version, 'e' .. version))
  if used then
    redis.call('HDEL', key, 'v' .. version, 'k:' .. used)
  end
  for id in string.gmatch(left_by_it or '', string.rep('.', 36)) do
    local left = redis.call('HGET', key, 't:' .. id)
    if left and string.sub(left, 1, #version + 1) == version .. ' ' then
      redis.call('HDEL', key, 't:' .. id)
    end
  end
  if left_by_it then
    redis.call('HDEL', key, 'e' .. version)
  end
end

local function write(key, s, image, proposal, tag)
  local op, version = s.op, int(s.d.version)
  if op.key then
    redis.call('HSET', key, 'i', image, 'h', version, 'g', tag, 'u' .. version, proposal,
      'k:' .. op.key, version .. ' ' .. op.id, 'v' .. version, op.key)
  else
    redis.call('HSET', key, 'i', image, 'h', version, 'g', tag, 'u' .. version, proposal)
  end
  if op.attributes and s.d.outcome == 'ok' then
    redis.call('HSET', key, 'a', op.attributes)
  end
  local left = {}
  for i = 1, #s.ended do
    redis.call('HSET', key, 't:' .. s.ended[i][1], version .. ' ' .. s.ended[i][2])
    left[i] = s.ended[i][1]
  end
  if s.d.target and type(s.counter) == 'table' then
    local voided = op.type == 'void' or s.counter.voided
    redis.call('HSET', key, 't:' .. s.d.target,
      version .. string.format(' %d %d %d', s.counter.reversed + s.d.reversed, voided and 1 or 0, s.counter.steps + 1))
    left[#left + 1] = s.d.target
  end
  if #left > 0 then
    redis.call('HSET', key, 'e' .. version, table.concat(left))
  end
  if s.d.version > MAX_KEYS then
    forget(key, int(s.d.version - MAX_KEYS))
  end
  redis.call('PERSIST', key)
end

-- A call under a limit by GCRA: `whole` is when the burst, as many calls as are allowed per second, is whole again.
-- Answers when it is so after this call, in us; or nil, and how long the call has to wait, in ms. A time that no call
-- can have left is not believed: clocks of gateways differ, or one was put back.
local function metered(whole, per_second, now_ms)
  local now, step = now_ms * 1000, 1000000 / per_second
  whole = math.max(tonumber(whole or 0) or 0, now)
  if whole - now > 2000000 then
    whole = now
  end
  local wait = whole + step - now - 1000000
  if wait >= 1 then
    return nil, math.ceil(wait / 1000)
  end
  return whole + step
end

-- The call to void has never arrived: it is recorded as a declined operation, which claims its key.
local function tombstone(text, op, now)
  local s = declined(text, {id = op.tombstone, type = 'tombstone', key = op.voids}, now, 'voided')
  return s, '{"id":"' .. op.tombstone .. '","type":"tombstone","key":' .. cjson.encode(op.voids)
    .. (op.by and ',"by":' .. cjson.encode(op.by) or '') .. '}'
end

local function try_propose(key, operation, op, tag, now, format, facts, dry, per_second, now_ms)
  local stored, text, sealed_head, last_tag, newest, used, voided, whole = unpack(
    redis.call('HMGET', key, 'f', 'i', 's', 'g', 'h', 'k:' .. (op.key or ''), 'k:' .. (op.voids or ''), 'r'))
  if stored ~= format or not text or not sealed_head or not newest then
    return {'load'}
  end
  newest = tonumber(newest)
  local sealed = version_and_id(sealed_head)
  if op.key and used then
    local version, id = version_and_id(used)
    return oldest(key, tag, newest, sealed, last_tag, {'known', int(version), id})
  end
  if per_second then
    local wait
    whole, wait = metered(whole, per_second, now_ms)
    if wait then
      return {'limited', int(wait)}
    end
    whole = int(whole)
  end
  -- a void of a call that has never arrived adds two operations: the tombstone and the void
  if newest - sealed + (op.voids and not facts.id and 2 or 1) > MAX_UNSEALED then
    return oldest(key, tag, newest, sealed, last_tag, {'busy'})
  end
  if op.voids and voided then
    local version, id = version_and_id(voided)
    if not (facts and facts.id == id) then
      return oldest(key, tag, newest, sealed, last_tag, {'pending', int(version), id})
    end
  end
  if op.type == 'enrol' and not op.key and newest == sealed then
    local a = cjson.decode(text)
    if a.enrolled and not a.closed and (not op.target or op.target == a.head)
        and (not op.attributes or redis.sha1hex(op.attributes) == a.attributes)
        and (not op.declared or has_attributes(a, op.declared)) then
      if per_second then
        redis.call('HSET', key, 'r', whole)
      end
      return {'unchanged', text}, whole
    end
  end

  local first, first_image, first_proposal, counter
  local decided_on = text
  if op.voids and not facts.id then
    local first_operation
    first, first_operation = tombstone(text, op, now)
    first_image, first_proposal = written(first, first_operation, tag)
    decided_on = first_image
    facts = {id = op.tombstone, type = 'absent', points = 0, lots = {}}
    counter = {reversed = 0, voided = false, steps = 0}
  end
  local s, reply = decided(key, decided_on, op, now, facts, counter, sealed_head)
  if not s then
    return reply
  end
  if first and s.d.outcome ~= 'ok' then
    -- a declined void does not claim the key to void
    s, first = declined(text, op, now, s.d.outcome), nil
  end
  if not first and s.d.version ~= newest + 1 then
    error('the image is of version ' .. int(s.d.version - 1) .. ', not ' .. int(newest))
  end
  local image, proposal = written(s, operation, tag)
  local out = dry and {'would', proposal} or unseen(key, text, tag, newest, sealed, last_tag, {'proposed'})
  if per_second then
    redis.call('HSET', key, 'r', whole)
  end
  if dry then
    return out, whole
  end
  if first then
    write(key, first, first_image, first_proposal, tag)
    out[#out + 1] = first_proposal
  end
  write(key, s, image, proposal, tag)
  out[#out + 1] = proposal
  return out, whole
end

local function propose(keys, args)
  local operation, tag, now, format, facts, dry, per_second, now_ms = unpack(args)
  local op = cjson.decode(operation)
  facts = facts ~= '' and cjson.decode(facts) or nil
  local ran, reply, whole = pcall(try_propose, keys[1], operation, op, tag, tonumber(now), format, facts, dry == '1',
    per_second and tonumber(per_second), now_ms and tonumber(now_ms))
  if ran and per_second and whole then
    local behind = whole - now_ms * 1000
    return {'metered', int(math.floor((1000000 - behind) * per_second / 1000000)), int(math.ceil(behind / 1000)), reply}
  end
  return ran and reply or {'broken', tostring(reply)}
end
