/**
 * Redis scripts of the store, each atomic. Keys, all in one slot of a cluster:
 *
 *     {modeltap}:p:HASH     hash: d the prediction, s its state (none, 1 held, 2 claimed, 3 labelled), l its label
 *     {modeltap}:pending    sorted by the time of the prediction: without a label
 *     {modeltap}:due        sorted by the time at which a held label has settled
 *     {modeltap}:claims     sorted by the time at which a replica took a label to count it
 */

/** These scripts need no memory that they do not free, so they also run on a full Redis (Redis 7, Valkey). */
const WHEN_FULL = '#!lua flags=allow-oom'
/** Refused as a whole before the first write; without this line, a script that starts with a deletion is allowed. */
const REFUSED_WHEN_FULL = '#!lua'

export const PREFIX = '{modeltap}:'
export const PENDING = `${PREFIX}pending`

/** A claim without confirmation for this time is handed out again: its replica, or the answer to it, is lost. */
export const CLAIM_MS = 600_000

/** ARGV: most pending, time to live, then hash, time, text of each. Returns replaced ones and dropped ones. */
export const PUT = `${REFUSED_WHEN_FULL}
local same, full = 0, 0
for i = 3, #ARGV, 3 do
  local key = '${PREFIX}p:' .. ARGV[i]
  local state = redis.call('HGET', key, 's')
  if state ~= '1' and state ~= '2' then
    local before = redis.call('HGET', key, 'd')
    if before and not state and before ~= ARGV[i + 2] then same = same + 1 end
    if not before or state or before ~= ARGV[i + 2] then
      redis.call('DEL', key)
      redis.call('HSET', key, 'd', ARGV[i + 2])
      redis.call('PEXPIRE', key, ARGV[2])
      redis.call('ZADD', KEYS[1], ARGV[i + 1], ARGV[i])
    end
  end
end
local over = redis.call('ZCARD', KEYS[1]) - tonumber(ARGV[1])
while over > 0 do
  local popped = redis.call('ZPOPMIN', KEYS[1], math.min(over, 500))
  if #popped == 0 then break end
  for j = 1, #popped, 2 do redis.call('DEL', '${PREFIX}p:' .. popped[j]) end
  full = full + #popped / 2
  over = over - #popped / 2
end
return {same, full}`

/** ARGV: now, due, time to live, then hash and label of each. Returns 0 unknown, 1 held, 2 replaced, 3 duplicate. */
export const ATTACH = `${REFUSED_WHEN_FULL}
local answers = {}
for i = 4, #ARGV, 2 do
  local key = '${PREFIX}p:' .. ARGV[i]
  local state = redis.call('HGET', key, 's')
  local answer = 0
  if state == '1' then
    redis.call('HSET', key, 'l', ARGV[i + 1])
    answer = 2
  elseif state then
    answer = 3
  elseif redis.call('EXISTS', key) == 1 then
    redis.call('HSET', key, 's', '1', 'l', ARGV[i + 1])
    redis.call('PEXPIRE', key, ARGV[3])
    redis.call('ZREM', KEYS[1], ARGV[i])
    redis.call('ZADD', '${PREFIX}due', string.format('%.4f', ARGV[2] + i / 2000), ARGV[i])
    answer = 1
  end
  answers[#answers + 1] = answer
end
return answers`

/** ARGV: now, maximum count, age from which claims are handed out again. Returns hash, prediction, label of each. */
export const CLAIM = `${WHEN_FULL}
for _, hash in ipairs(redis.call('ZRANGEBYSCORE', '${PREFIX}claims', '-inf', ARGV[3], 'LIMIT', 0, ARGV[2])) do
  redis.call('ZREM', '${PREFIX}claims', hash)
  redis.call('ZADD', '${PREFIX}due', ARGV[1], hash)
end
local out = {}
for _, hash in ipairs(redis.call('ZRANGEBYSCORE', '${PREFIX}due', '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])) do
  local key = '${PREFIX}p:' .. hash
  redis.call('ZREM', '${PREFIX}due', hash)
  local found = redis.call('HMGET', key, 'd', 'l')
  if found[1] and found[2] then
    redis.call('ZADD', '${PREFIX}claims', ARGV[1], hash)
    redis.call('HSET', key, 's', '2')
    out[#out + 1] = hash
    out[#out + 1] = found[1]
    out[#out + 1] = found[2]
  end
end
return out`

/** ARGV: hashes that have been counted. */
export const CONFIRM = `${WHEN_FULL}
for _, hash in ipairs(ARGV) do
  local key = '${PREFIX}p:' .. hash
  redis.call('ZREM', '${PREFIX}claims', hash)
  if redis.call('HDEL', key, 'l') == 1 then redis.call('HSET', key, 's', '3') end
end
return #ARGV`

/**
 * ARGV: predictions before this time are removed, maximum count. Returns the number removed. Frees memory, so it needs
 * none.
 */
export const EXPIRE = `${WHEN_FULL}
local hashes = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', '(' .. ARGV[1], 'LIMIT', 0, ARGV[2])
for _, hash in ipairs(hashes) do
  redis.call('ZREM', KEYS[1], hash)
  redis.call('DEL', '${PREFIX}p:' .. hash)
end
return #hashes`
