-- The chain of operations, as far as it is known here: what is not sealed, what is remembered.

-- The unsealed proposals that `tag` has not seen: those behind its own newest one. The newest one must
-- have left the image that is there. Each gateway is told of each once, so that `tag` knows what its own rest on.
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

-- The oldest unsealed proposals, for a gateway that proposes nothing on them: it must not cost more than one that does.
-- None if the newest one is its own: then it is sealing them.
local function oldest(key, tag, newest, sealed, last_tag, out)
  if last_tag == tag then
    return out
  end
  for version = sealed + 1, math.min(newest, sealed + MAX_HELP) do
    out[#out + 1] = redis.call('HGET', key, 'u' .. int(version)) or error('no proposal of version ' .. int(version))
  end
  if newest > sealed + MAX_HELP and string.find(out[#out], '"type":"tombstone"', 1, true) then
    out[#out + 1] = redis.call('HGET', key, 'u' .. int(sealed + MAX_HELP + 1)) -- it goes with its void
  end
  return out
end

local function version_and_id(text)
  local space = string.find(text, ' ', 1, true)
  return tonumber(string.sub(text, 1, space - 1)), string.sub(text, space + 1)
end

-- Is the operation `id` of that version part of the image's history, and has each one since then left its t: field?
-- It is the sealed head, or listed as unsealed, or its key is remembered.
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

-- What is known here of the operation that this one acts on: a hold's state, or {reversed, voided, undone: whether
-- anything has undone it, be it of nothing}, and `text`, all three as Postgres' state_of tells them; or nil and why not.
local function counter_of(key, op, facts, sealed)
  local id = op.hold or facts.id
  local left = redis.call('HGET', key, 't:' .. id)
  local text = left and string.match(left, '^%d+ (.+)$')
  if text and facts and sealed == int(facts.headVersion) .. ' ' .. facts.head
      and redis.call('HGET', key, 'h') == int(facts.headVersion) then
    text = nil -- the facts are of this very image, and true
  end
  local of_facts = not text
  if of_facts then
    if not facts then
      return nil, 'target'
    end
    if not in_chain(key, sealed, facts.headVersion, facts.head) then
      return nil, 'moved'
    end
    text = facts.state and (facts.voided and 'undone' or facts.state) or (int(facts.reversed) .. ' ' .. (facts.voided and '1' or '0'))
  end
  local reversed, voided = string.match(text, '^(%d+) ([01])$')
  if reversed and op.hold then
    return nil, 'target' -- no hold, but something else that was undone: the facts say what
  end
  if reversed then
    local undone = not of_facts or facts.undone or reversed ~= '0' or voided == '1'
    return {
      reversed = tonumber(reversed), voided = voided == '1', undone = undone,
      text = text .. (undone and ' 1' or ' 0')}
  end
  if text == 'open' then
    -- Postgres knows it as open, the image doesn't have it: one of them is behind
    return nil, 'moved'
  end
  return text
end
