-- The chain of operations, as far as Redis knows it: unsealed proposals, remembered keys and states.

-- The unsealed proposals that `tag` has not seen: those after its own newest one. The newest one must
-- have left the present image. Each gateway receives each proposal once: `tag` then knows on what its own ones rest.
local function unseen(key, image, tag, newest, sealed, last_tag, out)
  if last_tag == tag then
    return out
  end
  local first = newest + 1
  local texts = {}
  for version = newest, sealed + 1, -1 do
    local text = redis.call('HGET', key, 'u' .. int(version))
    if not text then
      error('no proposal of version ' .. int(version))
    end
    if version == newest and string.sub(text, -#image) ~= image then
      error('the image is not what its newest proposal left')
    end
    local line = string.sub(text, 1, string.find(text, '\n', 1, true) - 1)
    if string.sub(line, 38) == tag then
      break
    end
    texts[version], first = text, version
  end
  for version = first, newest do
    out[#out + 1] = texts[version]
  end
  return out
end

-- The oldest unsealed proposals, for a gateway that adds no proposal to them: such a call must not cost more than a
-- proposal. None if the newest one is the gateway's own: then it is sealing them.
local function oldest(key, tag, newest, sealed, last_tag, out)
  if last_tag == tag then
    return out
  end
  for version = sealed + 1, math.min(newest, sealed + MAX_HELP) do
    out[#out + 1] = redis.call('HGET', key, 'u' .. int(version)) or error('no proposal of version ' .. int(version))
  end
  if newest > sealed + MAX_HELP and string.find(out[#out], '"type":"tombstone"', 1, true) then
    out[#out + 1] = redis.call('HGET', key, 'u' .. int(sealed + MAX_HELP + 1)) -- together with its void
  end
  return out
end

local function version_and_id(text)
  local space = string.find(text, ' ', 1, true)
  return tonumber(string.sub(text, 1, space - 1)), string.sub(text, space + 1)
end

-- Whether the operation `id` of that version is part of the image's history, and each one since then has written its
-- t: field. It is the sealed head, or listed as unsealed, or its key is remembered.
local function in_chain(key, sealed, version, id)
  local name = int(version)
  if sealed == name .. ' ' .. id then
    return true
  end
  local proposal, complete_from, used = unpack(redis.call('HMGET', key, 'u' .. name, 'l', 'v' .. name))
  if proposal then
    return string.sub(proposal, 1, 36) == id
  end
  return complete_from and used and version >= tonumber(complete_from)
    and redis.call('HGET', key, 'k:' .. used) == name .. ' ' .. id
end

-- The known state of the target operation: a hold's state, or {reversed, voided, steps: how many operations have undone
-- it, also 0 points of it, and `text`: all three as Postgres' state_of_2 returns them}; or nil and the reason. The
-- operation was made of the parts that the facts have left: it is outdated once another one has undone the target.
local function counter_of(key, op, facts, sealed)
  local id = op.hold or facts.id
  local left = redis.call('HGET', key, 't:' .. id)
  local text = left and string.match(left, '^%d+ (.+)$')
  if text and facts and sealed == int(facts.headVersion) .. ' ' .. facts.head
      and redis.call('HGET', key, 'h') == int(facts.headVersion) then
    text = nil -- the facts were read at this very image: they are right
  end
  if not text then
    if not facts then
      return nil, 'target'
    end
    if not in_chain(key, sealed, facts.headVersion, facts.head) then
      return nil, 'moved'
    end
    text = facts.state and (facts.voided and 'undone' or facts.state)
      or string.format('%d %d %d', facts.reversed, facts.voided and 1 or 0, facts.steps)
  end
  local reversed, voided, steps = string.match(text, '^(%d+) ([01]) (%d+)$')
  if reversed and op.hold then
    return nil, 'target' -- not a hold, but another operation that was undone: facts are needed
  end
  if reversed then
    steps = tonumber(steps)
    if facts and (facts.parts or op.undo or op.refused) and facts.steps ~= steps then
      return nil, 'moved'
    end
    return {reversed = tonumber(reversed), voided = voided == '1', steps = steps, text = text}
  end
  if text == 'open' then
    -- Postgres has the hold as open, the image does not have it: one of them is behind
    return nil, 'moved'
  end
  return text
end
