#!lua name=stampede_@hash@
--[[
The proposing half of the write path: one account, one Redis hash, one atomic call.

The library is the files of this directory, joined in the order of their names: what a file defines, those behind it
see. `@hash@` is replaced by the hash of it all when it is loaded, so that two versions of it run side by side. Every
function takes KEYS[1] = the account's hash and touches no other key.

Fields of the hash
  f            "<image format> <epoch>"; anything but the caller's own counts as not loaded
  i            the image, canonical JSON (see `encode`); its sha1 is the digest that Postgres compares
  s            "<version> <id>" of the newest sealed operation
  g            tag of the connection that proposed last
  h            version of the image
  a            the member's attributes, JSON; the image has their sha1
  u<version>   a proposal that is not sealed yet: "<id> <tag>\n<operation>\n<decision>\n<image>"
  k:<key>      "<version> <id>": an idempotency key that was used
  t:<id>       "<version> <what>", where that version left of an operation: "<reversed so far> <1 if voided>",
               or how a hold ended: captured, voided, expired, or undone (it, or the call that made it,
               was voided by key)
  l            the version from which on the t: fields say all that there is to say: that of the load, or of the last rewind
  v<version>   the key of that version, and
  e<version>   the ids whose t: fields it left: what is forgotten MAX_KEYS versions later, when it is
               sealed for certain, and facts that are older than that are refused as moved

Functions, ARGV and results
  propose   operation (JSON), tag, now (ms), format and epoch, facts (JSON or ''), '1' for a dry run
            -> {'proposed', others' unsealed proposals ..., the new one}   decided; a decline is decided too
             | {'would', proposal}           what a dry run would have proposed
             | {'known', version, id, others' unsealed proposals ...}   the key was used before
             | {'load'}                      no image here that can be used
             | {'target'}                    the hold is not in the image: pass facts
             | {'day', at}                   at that time (ms) the operation's days no longer hold: make it again for then
             | {'moved'}                     the facts were read at another state: read them again
             | {'pending', version, id, others' unsealed proposals ...}  the key to void is used by an
                                             operation that the facts don't know yet: seal it first
             | {'busy', the oldest unsealed proposals ...}   too many unsealed operations
             | {'refused', code}             refused without a trace (account_not_found)
             | {'unchanged', image}          nothing to do: enrolled already, nothing lapsed
             | {'broken', message}           the image makes no sense
  load      format and epoch, image, version, head, attributes, ttl (ms), then key, version, id triples
            -> 1 stored, 0 there was one, n > 1 stored instead of one that was sealed up to version n - 1,
               which is more: history was lost, or sealed since it was read
  sealed    version, id, ttl (ms), channel, message to publish there -> 1 noted, 0 not an unsealed operation of this
               image, which goes if it ends before that version
  rewind    format and epoch, version and id of an operation that was refused for good, then the sealed state before
            it: image, version, head, attributes, ttl (ms); and an operation whose t: field was wrong, or ''
            -> 1 rewound: the operation and all that rest on it are gone, all else is still known
             | 0 the operation is not there, or is not what follows on that state
  discard   version, id, key or '' -> 1 discarded, 0 the image does not contain that operation, nor does
                                     it say that the key was used by it
  unsealed  format and epoch, tag -> {version, id of the sealed head, unsealed proposals of other tags ...}
             | {'load'} | {'broken', message}

Amounts are integers below 2^53, so that doubles hold them exactly. A day is a number of days since
1970-01-01, a time is milliseconds since then. Everything is checked before the first write: scripts
don't roll back.
]]

local DAY = 86400000
local MAX_POINTS = 9000000000000000
local MAX_UNSEALED = 1000
local MAX_HELP = 100
local MAX_KEYS = MAX_UNSEALED -- no less: what is not sealed yet must not be forgotten
local MAX_HOLDS = 100
local MAX_EXPIRED = 60
