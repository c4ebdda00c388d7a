#!lua name=stampede_@hash@
--[[
The proposing half of the write path: one account, one Redis hash, one atomic call.

The library consists of the files of this directory, joined in the order of their names: each file sees the definitions
of the files before it. `@hash@` is replaced by the hash of the whole text when it is loaded; therefore two versions can
run side by side. Every function takes KEYS[1] = the account's hash and touches no other key.

Fields of the hash
  f            "<image format> <epoch>"; any value but the caller's counts as not loaded
  i            the image, canonical JSON (see `encode`); its sha1 is the digest that Postgres compares
  s            "<version> <id>" of the newest sealed operation
  g            tag of the connection that made the newest proposal
  h            version of the image
  a            the member's attributes, JSON; the image has their sha1
  r            the limit of calls: when the account's burst is whole again, in us since 1970-01-01; see `metered`
  u<version>   a proposal that is not sealed yet: "<id> <tag>\n<operation>\n<decision>\n<image>"
  k:<key>      "<version> <id>": an idempotency key that was used
  t:<id>       "<version> <what>", the state in which that version left an operation: "<reversed so far> <1 if voided>
               <how many operations have undone it, also 0 points of it>", or how a hold ended: captured, voided,
               expired, or undone (the hold, or the call that created it, was voided by key)
  l            the version from which on the t: fields are complete: that of the load, or of the last rewind
  v<version>   the key of that version, and
  e<version>   the ids whose t: fields it wrote: to be forgotten MAX_KEYS versions later, when that version is
               certainly sealed; facts that are older than that are refused as moved

Fields of an operation (JSON; written by OperationText.java)
  id           of this proposal
  type         enrol, earn, redeem, hold, capture, void, reverse, lapse, freeze, unfreeze, adjust, close,
               grant
  key          the Idempotency-Key, if it has one
  fingerprint, reference, detail, version   not used here: Postgres stores them
  by           who asked for it, "principal location": Postgres stores it; a tombstone has that of its void
  points       earn, redeem, hold; capture and reverse: all that are left if it is missing; adjust: below 0 to take
  award        earn, enrol: what it is worth to the member, instead of points; see AwardText.java
  unique       earn: the receipt that counts once; Postgres judges it
  usedBy       earn: the operation that has it already: declined
  rules        lapse: {levels, backdate}, by which time changes the member
  claim        redeem, hold: instead of points, what is paid for (ClaimText.java): the member decides what it costs
  on, matures  earn: the day of its lot; the day on which its points become available, if later. adjust: on alone
  forfeit      close: whether points that are left are forfeited
  grant        grant: "level until"; none ends the grant
  allowDebt    adjust: what it takes and is not there becomes debt
  memberCode   redeem, hold: when the code was made (ms) that the member has shown; it must be newer than the last one
  stepUpAbove  redeem, hold: how many points may be spent without such a code; without a limit if it is missing
  spendingOnly freeze: whether only redeems and holds are refused
  autoEnrol    whether it may enrol the member
  ttlSeconds   hold: how long it lives
  hold         capture, void: the hold
  voids        void: the key of the call that it undoes
  tombstone    void of a key: the id for the operation of a call that never came
  target       reverse: the operation that it undoes; enrol: the head that it requires
  graceOn      the day until which returned points count at least
  renews       earn, redeem, capture: the day to which it extends the points that the member has
  gone         {promotions, counters}: names with spaces between them, of what no version of the programme has any more;
               what the member remembers of it is dropped
  until        from this time (ms) on, the days above and below and `gone` no longer hold
  today, zone  the day of the decision, in a time zone other than UTC; the zone is for Java
  clawback     'debt': what an earn cannot give back becomes debt
  undo, undoes reverse, void of a key: what goes back of an earn besides its points (37-undo.lua), computed from what is
               left of its parts; how many of its points that undoes
  refused      reverse: the code of the refusal, if what is left of the parts does not allow it
  attributes   enrol: the member's attributes, JSON
  declared     enrol: those of them that rules go by, [id, value, ...]; left alone if it is missing
  before       enrol: the sha1 of the attributes that were changed into these, '' of none; then nobody is enrolled
  mac          the gateway's signature; not checked here

Functions, ARGV and results
  propose   operation (JSON), tag, now (ms), format and epoch, facts (JSON or ''), '1' for a dry run; and, of a call
            that is limited, how many are allowed per second, and the gateway's own time (ms)
            -> {'proposed', others' unsealed proposals ..., the new one}   decided; a decline is decided too
             | {'would', proposal}           what a dry run would have proposed
             | {'known', version, id, others' unsealed proposals ...}   the key was used before
             | {'load'}                      there is no usable image here
             | {'target'}                    the hold is not in the image: pass facts
             | {'day', at}                   at that time (ms) the operation's days are no longer valid: make it anew
             | {'full', promotions, counters}  the member remembers much: make the operation anew, with those of these
                                             names that are `gone`
             | {'moved'}                     the facts, or the attributes to change, were read at another state: read
                                             them again
             | {'pending', version, id, others' unsealed proposals ...}  the key to void was used by an
                                             operation that the facts do not contain yet: seal it first
             | {'busy', the oldest unsealed proposals ...}   too many unsealed operations
             | {'metered', calls, ms, result}   one of these of a call that is limited and was counted: how many more are
                                             allowed at once, and when all are that can be
             | {'limited', ms}               too many calls: the next one is allowed so much later; nothing was done
             | {'not_enrolled'}              nobody is enrolled; refused without being recorded
             | {'step_up'}                   it needs the member's code; refused without being recorded
             | {'unchanged', image}          nothing to do: enrolled already, nothing lapsed
             | {'broken', message}           the image cannot be used
  load      format and epoch, image, version, head, attributes, ttl (ms), then key, version, id triples
            -> 1 stored, 0 there was one, n > 1 it replaced an image that was sealed up to version n - 1,
               a later one: history was lost, or more was sealed since the account was read
  sealed    version, id, ttl (ms), channel, message to publish there -> 1 noted, 0 not an unsealed operation of this
               image, which is deleted if it ends before that version
  rewind    format and epoch, version and id of an operation that was refused for good, then the sealed state before
            it: image, version, head, attributes, ttl (ms); and an operation whose t: field was wrong, or ''
            -> 1 rewound: the operation and all that rest on it are dropped, all other data is kept
             | 0 the operation is not in the image, or does not follow directly on that state
  discard   version, id, key or '' -> 1 discarded, 0 the image does not contain that operation, and
                                     does not record that it used the key
  unsealed  format and epoch, tag -> {version, id of the sealed head, unsealed proposals of other tags ...}
             | {'load'} | {'broken', message}

Amounts are integers below 2^53, which doubles hold exactly. A day is a number of days since 1970-01-01, a
time is milliseconds since then. Everything is checked before the first write: scripts do not roll back.
]]

-- Redis looks each global up twice, the second time by a metatable: an earn takes 1 to 2 % fewer instructions where
-- these are locals. They exist only while a function runs, not while the library is loaded: hence at the first call.
local function globals()
  return math, string, table, cjson, tonumber, tostring, type
end
local math, string, table, cjson, tonumber, tostring, type

local function with_globals(callback)
  return function(keys, args)
    if not math then
      math, string, table, cjson, tonumber, tostring, type = globals()
    end
    return callback(keys, args)
  end
end

local DAY = 86400000
local MAX_POINTS = 9000000000000000
local MAX_UNSEALED = 1000
local MAX_HELP = 100
local MAX_KEYS = MAX_UNSEALED -- not less: the keys of unsealed operations must not be forgotten
local MAX_HOLDS = 100
local MAX_EXPIRED = 60
local MAX_GIVEN = 60
