-- Everything else that is done to the hash: an image is loaded, sealed, rewound, discarded, read.

local function load(keys, args)
  local key = keys[1]
  local format, image, version, head, attributes, ttl = unpack(args, 1, 6)
  local stored, there, sealed_head, newest = unpack(redis.call('HMGET', key, 'f', 'i', 's', 'h'))
  if stored == format and there and sealed_head and newest then
    return 0
  end
  local was_sealed = sealed_head and string.match(sealed_head, '^%d+ ') and version_and_id(sealed_head) or 0
  local fields = {'f', format, 'i', image, 'h', version, 's', version .. ' ' .. head, 'l', version}
  if attributes ~= '' then
    fields[#fields + 1], fields[#fields + 2] = 'a', attributes
  end
  redis.call('DEL', key)
  redis.call('HSET', key, unpack(fields))
  for i = 7, #args, 3 do
    local used, used_by, id = args[i], args[i + 1], args[i + 2]
    redis.call('HSET', key, 'k:' .. used, used_by .. ' ' .. id, 'v' .. used_by, used)
  end
  redis.call('PEXPIRE', key, ttl)
  return was_sealed > tonumber(version) and was_sealed + 1 or 1
end

local function is_unsealed(key, version, id)
  local text = redis.call('HGET', key, 'u' .. version)
  return text and string.sub(text, 1, 36) == id
end

local function sealed(keys, args)
  local key = keys[1]
  local version, id, ttl, channel, message = unpack(args)
  local sealed_head, newest, proposal = unpack(redis.call('HMGET', key, 's', 'h', 'u' .. version))
  local before = sealed_head and version_and_id(sealed_head)
  if not proposal or string.sub(proposal, 1, 36) ~= id or not before or tonumber(version) - before > MAX_UNSEALED then
    if (tonumber(newest or 0) or 0) < tonumber(version) then
      redis.call('DEL', key) -- this image was read from Postgres before that operation was sealed, and loaded later
      redis.pcall('PUBLISH', channel, message) -- even without an image: watchers have not seen the operation
    end
    return 0
  end
  local noted = {}
  for v = before + 1, tonumber(version) do
    noted[#noted + 1] = 'u' .. int(v)
  end
  if noted[1] then
    redis.call('HDEL', key, unpack(noted))
  end
  redis.call('HSET', key, 's', version .. ' ' .. id)
  if newest == version then
    redis.call('PEXPIRE', key, ttl)
  end
  redis.pcall('PUBLISH', channel, message) -- pcall: the user may lack the permission; watchers also check periodically
  return 1
end

local function rewind(keys, args)
  local key = keys[1]
  local format, refused, id, image, version_before, head, attributes, ttl, target = unpack(args)
  local stored, sealed_head, newest = unpack(redis.call('HMGET', key, 'f', 's', 'h'))
  if stored ~= format or not sealed_head or not newest or not is_unsealed(key, refused, id) then
    return 0
  end
  local version, before = tonumber(refused), tonumber(version_before)
  local sealed_version = version_and_id(sealed_head)
  newest = tonumber(newest)
  if before ~= version - 1 or sealed_version > before or newest - sealed_version > MAX_UNSEALED + 1 then
    return 0
  end
  for v = sealed_version + 1, newest do
    local name = int(v)
    redis.call('HDEL', key, 'u' .. name)
    if v >= version then
      local used, left = unpack(redis.call('HMGET', key, 'v' .. name, 'e' .. name))
      if used then
        redis.call('HDEL', key, 'k:' .. used)
      end
      for touched in string.gmatch(left or '', string.rep('.', 36)) do
        redis.call('HDEL', key, 't:' .. touched) -- its earlier state is not known here: Postgres will be asked
      end
      redis.call('HDEL', key, 'v' .. name, 'e' .. name)
    end
  end
  if target ~= '' then
    redis.call('HDEL', key, 't:' .. target)
  end
  redis.call('HSET', key, 'i', image, 'h', version_before, 's', version_before .. ' ' .. head, 'l', version_before)
  if attributes ~= '' then
    redis.call('HSET', key, 'a', attributes)
  else
    redis.call('HDEL', key, 'a')
  end
  redis.call('PEXPIRE', key, ttl)
  return 1
end

local function discard(keys, args)
  local key = keys[1]
  local version, id, used = unpack(args)
  local name = version .. ' ' .. id
  if is_unsealed(key, version, id) or redis.call('HGET', key, 's') == name
      or (used ~= '' and redis.call('HGET', key, 'k:' .. used) == name) then
    return redis.call('DEL', key)
  end
  return 0
end

local function unsealed(keys, args)
  local key = keys[1]
  local format, tag = unpack(args)
  local stored, sealed_head, newest, last_tag, image = unpack(redis.call('HMGET', key, 'f', 's', 'h', 'g', 'i'))
  if stored ~= format or not sealed_head or not newest or not image then
    return {'load'}
  end
  local sealed_version, sealed_id = version_and_id(sealed_head)
  local ran, reply =
    pcall(unseen, key, image, tag, tonumber(newest), sealed_version, last_tag, {int(sealed_version), sealed_id})
  return ran and reply or {'broken', tostring(reply)}
end
