-- The ledger. Only seal() writes it, and it only ever appends: the gateway's role may read the tables
-- and call the functions, nothing else. Amounts are whole points; lanes partition the accounts and are
-- part of every key, so that the tables can be partitioned or distributed by them.

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'stampede_gateway') THEN
    CREATE ROLE stampede_gateway NOLOGIN;
  END IF;
  IF NOT pg_has_role(current_user, 'stampede_gateway', 'MEMBER') THEN
    EXECUTE format('GRANT stampede_gateway TO %I', current_user);
  END IF;
END $$;

CREATE TABLE program (
  id text PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9._-]{1,64}$'),
  currency char(3) NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  -- points per whole unit of the currency; an earn is rounded down, a redeem by amount up
  earn_rate numeric(18, 6) NOT NULL CHECK (earn_rate >= 0),
  redeem_rate numeric(18, 6) NOT NULL CHECK (redeem_rate > 0),
  -- a lot expires this many months after the earn, at the end of that month if so said
  expiry_months int NOT NULL DEFAULT 12 CHECK (expiry_months BETWEEN 0 AND 1200),
  expiry_at_month_end boolean NOT NULL DEFAULT true,
  -- days until earned points become available
  pending_days int NOT NULL DEFAULT 0 CHECK (pending_days BETWEEN 0 AND 366),
  -- days that points get which come back after their expiry
  grace_days int NOT NULL DEFAULT 0 CHECK (grace_days BETWEEN 0 AND 366),
  -- what becomes of the points that a reversed earn can't take back
  clawback text NOT NULL DEFAULT 'debt' CHECK (clawback IN ('debt', 'forgive')),
  auto_enrol boolean NOT NULL DEFAULT true
);

INSERT INTO program (id, currency, earn_rate, redeem_rate) VALUES ('demo', 'EUR', 1, 100);

-- What a value may be. Domains rather than CHECKs of the tables, which Postgres parses anew for each statement.
CREATE DOMAIN lane AS smallint CHECK (VALUE BETWEEN 0 AND 255);
CREATE DOMAIN version AS bigint CHECK (VALUE >= 0);
CREATE DOMAIN points AS bigint CHECK (VALUE BETWEEN 0 AND 9000000000000000);
CREATE DOMAIN movement AS bigint CHECK (VALUE BETWEEN -9000000000000000 AND 9000000000000000);
CREATE DOMAIN nth AS smallint CHECK (VALUE > 0);
CREATE DOMAIN call_key AS text COLLATE "C" CHECK (length(VALUE) BETWEEN 1 AND 255);

-- Names are compared as bytes ("C"), whatever the database's collation: that is what orders the locks, and the
-- gateways' order, too.

-- One row an account: the tip of its chain. A row with version 0 is blank: somebody is about to seal
-- the account's first operation. Its digest is that of the blank image (Image.BLANK).
CREATE TABLE account (
  lane lane NOT NULL,
  program text COLLATE "C" NOT NULL,
  account text COLLATE "C" NOT NULL,
  version version NOT NULL DEFAULT 0,
  head uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
  digest text NOT NULL DEFAULT 'ce730bba204e2719693386e5bb6d5acd76431097',
  available points NOT NULL DEFAULT 0,
  held points NOT NULL DEFAULT 0,
  pending points NOT NULL DEFAULT 0,
  debt points NOT NULL DEFAULT 0,
  -- when time alone changes the account next: a hold runs out, points mature or expire
  due_at timestamptz,
  attributes text,
  PRIMARY KEY (lane, program, account)
) WITH (fillfactor = 70);

CREATE INDEX account_due ON account (due_at) WHERE due_at IS NOT NULL;

-- The chain: version n follows version n - 1. A declined operation is part of it, without entries.
CREATE TABLE operation (
  lane lane NOT NULL,
  program text COLLATE "C" NOT NULL,
  account text COLLATE "C" NOT NULL,
  version version NOT NULL,
  id uuid NOT NULL,
  type text NOT NULL,
  outcome text NOT NULL,
  key call_key,
  fingerprint text,
  reference text,
  -- what it did to `available`, without what time had done before
  points movement NOT NULL,
  -- what later operations can undo of it
  reversible points NOT NULL,
  -- the operation that it undoes (a capture or void ends the hold that it names), how much of that was
  -- undone before, and how much it undoes
  target uuid,
  reversed_before points,
  reversed points,
  -- the key of the call that a void undid
  voids call_key,
  created_at timestamptz NOT NULL,
  -- what the answer needs besides: JSON, null where there is nothing
  detail text,
  hold text,
  -- the account's whole state after it
  image text NOT NULL,
  PRIMARY KEY (lane, program, account, version),
  CHECK (version > 0 AND num_nulls(target, reversed_before, reversed) IN (0, 3)
    AND (outcome = 'ok' OR (points = 0 AND reversible = 0 AND target IS NULL)))
);

-- Ids rise with time, so that what is new goes to one end of the index: a few pages, which are in memory.
CREATE UNIQUE INDEX operation_id ON operation (id, lane);
-- The key comes first, and whoever looks for one doesn't name the lane: so no other index will do. With the lane in
-- front the planner thought the primary key as good, and read all of the account's history.
CREATE UNIQUE INDEX operation_key ON operation (key, account, program, lane) WHERE key IS NOT NULL;
CREATE UNIQUE INDEX operation_target ON operation (lane, target, reversed_before) WHERE target IS NOT NULL;

-- One row a movement of points, the nth of its operation: the change of each bucket, and the bucket after it.
CREATE TABLE entry (
  lane lane NOT NULL,
  program text COLLATE "C" NOT NULL,
  account text COLLATE "C" NOT NULL,
  version version NOT NULL,
  operation uuid NOT NULL,
  n nth NOT NULL,
  type text NOT NULL,
  available bigint NOT NULL,
  held bigint NOT NULL,
  pending bigint NOT NULL,
  debt bigint NOT NULL,
  available_after points NOT NULL,
  held_after points NOT NULL,
  pending_after points NOT NULL,
  debt_after points NOT NULL,
  -- [[day, points], ...]: the lots that moved; a day counts from 1970-01-01
  lots text NOT NULL,
  PRIMARY KEY (operation, n, lane)
);

-- Postgres' clock in ms; the one place that reads it.
CREATE FUNCTION now_ms() RETURNS bigint LANGUAGE sql VOLATILE PARALLEL SAFE
RETURN (extract(epoch FROM clock_timestamp()) * 1000)::bigint;

-- Which database of which Postgres this is, and since which promotion: images loaded from another one are not trusted.
CREATE FUNCTION epoch() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = ${flyway:defaultSchema}, pg_temp
RETURN (SELECT system_identifier::text FROM pg_control_system())
  || '-' || (SELECT oid FROM pg_database WHERE datname = current_database())
  || '-' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8);

-- Whether each of these entries begins where the one before it ended, and no bucket is ever below zero.
CREATE FUNCTION follow(first int, last int, e_available bigint[], e_held bigint[], e_pending bigint[], e_debt bigint[],
  e_available_after bigint[], e_held_after bigint[], e_pending_after bigint[], e_debt_after bigint[])
RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  FOR e IN first + 1 .. last LOOP
    IF (e_available_after[e - 1] + e_available[e] = e_available_after[e]
        AND e_held_after[e - 1] + e_held[e] = e_held_after[e]
        AND e_pending_after[e - 1] + e_pending[e] = e_pending_after[e]
        AND e_debt_after[e - 1] + e_debt[e] = e_debt_after[e]
        AND least(e_available_after[e - 1], e_held_after[e - 1], e_pending_after[e - 1], e_debt_after[e - 1]) >= 0)
      IS NOT TRUE
    THEN
      RETURN false;
    END IF;
  END LOOP;
  RETURN true;
END $$;

-- Judges and writes a batch of runs, one run an account; answers the ids that it inserted. See
-- dev.stampede.seal.Sealer. An array that would be all null comes as null.
--   r_*  one element a run, in the order of lane, program, account, in which the rows are locked: its first and last
--        operation, its last entry (all 1-based indexes), and the account after it; r_decided_at: the latest time,
--        in ms, at which an operation of the run was decided
--   o_*  one element an operation, run by run: o_prev and o_digest name the head and the image that it
--        was decided on, o_entry is the index of its first entry, o_follows that of the operation
--        before it in the run with the same target (0 if none), o_target_in_run says that the target
--        itself is in the run
--   e_*  one element an entry, operation by operation
-- The statements take their values out of the arrays by index (r, o, e), which costs a fraction of unnesting them all.
-- Joins are nested loops, whatever the planner thinks of a table's size: it has statistics only of what was.
CREATE FUNCTION seal(
  r_lane smallint[], r_program text[], r_account text[], r_first int[], r_last int[], r_last_entry int[],
  r_digest text[], r_available bigint[], r_held bigint[], r_pending bigint[], r_debt bigint[],
  r_due bigint[], r_decided_at bigint[], r_attributes text[],
  o_run int[], o_id uuid[], o_prev uuid[], o_digest text[],
  o_version bigint[], o_type text[], o_outcome text[], o_key text[], o_fingerprint text[], o_reference text[],
  o_points bigint[], o_reversible bigint[], o_target uuid[], o_reversed_before bigint[], o_reversed bigint[],
  o_follows int[], o_target_in_run boolean[], o_voids text[], o_at bigint[], o_detail text[], o_hold text[],
  o_image text[], o_entry int[],
  e_op int[], e_n smallint[], e_type text[],
  e_available bigint[], e_held bigint[], e_pending bigint[], e_debt bigint[],
  e_available_after bigint[], e_held_after bigint[], e_pending_after bigint[], e_debt_after bigint[], e_lots text[]
) RETURNS uuid[] LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = ${flyway:defaultSchema}, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET jit = off
AS $$
DECLARE
  runs int := cardinality(r_lane);
  operations int := cardinality(o_id);
  -- per run: its first operation that is not sealed yet, if the account's head is where that begins; else null
  start int[];
  refused int[];
  refused_run int;
  accepted int[];
  latest bigint;
  inserted uuid[];
BEGIN
  -- (1) a blank row for each account that has none: only a chain's first operation can need it
  IF 1 = ANY (o_version) THEN
    INSERT INTO account (lane, program, account)
    SELECT r_lane[r], r_program[r], r_account[r]
    FROM generate_series(1, runs) AS r
    WHERE o_version[r_first[r]] = 1
      AND (SELECT 1 FROM account a
           WHERE a.lane = r_lane[r] AND a.program = r_program[r] AND a.account = r_account[r]) IS NULL
    ON CONFLICT DO NOTHING;
  END IF;

  -- (2) lock them one by one, in the same order everywhere. Others may have sealed the beginning of a run: it
  -- starts behind the account's head.
  SELECT array_agg((
    SELECT CASE
      WHEN a.head = o_prev[r_first[r]] THEN r_first[r]
      WHEN r_first[r] < r_last[r] THEN r_first[r] - 1 + array_position(o_prev[r_first[r]:r_last[r]], a.head)
    END
    FROM account a
    WHERE a.lane = r_lane[r] AND a.program = r_program[r] AND a.account = r_account[r]
    FOR UPDATE))
  INTO start
  FROM generate_series(1, runs) AS r;

  -- (3) new statements, so new snapshots: whatever was committed while we waited is seen.
  -- A key is used once.
  SELECT array_agg(o_run[o]) INTO refused
  FROM generate_series(1, operations) AS o
  WHERE o >= start[o_run[o]] AND o_key[o] IS NOT NULL
    AND (SELECT 1 FROM operation x
         WHERE x.key = o_key[o] AND x.account = r_account[o_run[o]] AND x.program = r_program[o_run[o]]
         LIMIT 1) IS NOT NULL;

  -- What is undone follows on what was undone before, and is never more than there was.
  IF o_target IS NOT NULL THEN
    SELECT refused || array_agg(o_run[o]) INTO refused
    FROM generate_series(1, operations) AS o
    WHERE o >= start[o_run[o]] AND o_target[o] IS NOT NULL
      AND ((o_follows[o] < start[o_run[o]]
            AND o_reversed_before[o] <> coalesce((SELECT sum(x.reversed) FROM operation x
                                                  WHERE x.lane = r_lane[o_run[o]] AND x.target = o_target[o]), 0))
        OR (o_follows[o] >= start[o_run[o]]
            AND (o_reversed_before[o] <> o_reversed_before[o_follows[o]] + o_reversed[o_follows[o]]
              OR o_reversed[o_follows[o]] = 0))
        OR EXISTS (SELECT FROM operation x
                   WHERE x.lane = r_lane[o_run[o]] AND x.target = o_target[o]
                     AND x.reversed_before = o_reversed_before[o])
        -- looked up by its id alone: with the account beside it, the planner may read all of the account's history
        OR coalesce((SELECT x.reversible < o_reversed_before[o] + o_reversed[o] OR x.program <> r_program[o_run[o]]
                       OR x.account <> r_account[o_run[o]]
                     FROM operation x WHERE x.id = o_target[o] AND x.lane = r_lane[o_run[o]]),
                    NOT o_target_in_run[o]));
  END IF;

  IF refused IS NOT NULL THEN
    FOREACH refused_run IN ARRAY refused LOOP
      start[refused_run] := NULL;
    END LOOP;
  END IF;

  -- nobody may make points lapse before their time
  latest := now_ms() + 1000;

  -- The head, the digest of the image and every bucket must be what the run was decided on, and the entries lead from
  -- there to the buckets after it.
  WITH updated AS (
    UPDATE account a
    SET head = o_id[r.last], digest = r_digest[r.n], version = o_version[r.last],
      available = r_available[r.n], held = r_held[r.n], pending = r_pending[r.n], debt = r_debt[r.n],
      due_at = CASE WHEN r_due[r.n] > 0 THEN to_timestamp(r_due[r.n]::float8 / 1000) END,
      attributes = coalesce(r_attributes[r.n], a.attributes)
    FROM (
      SELECT r AS n, start[r] AS first, r_last[r] AS last, o_entry[start[r]] AS first_entry,
        r_last_entry[r] AS last_entry
      FROM generate_series(1, runs) AS r) AS r
    WHERE a.lane = r_lane[r.n] AND a.program = r_program[r.n] AND a.account = r_account[r.n]
      AND a.head = o_prev[r.first] AND a.digest = o_digest[r.first]
      AND a.version + 1 = o_version[r.first] AND a.version + 1 + r.last - r.first = o_version[r.last]
      AND CASE WHEN r.first_entry > r.last_entry THEN -- declined: nothing moves
          a.available = r_available[r.n] AND a.held = r_held[r.n]
          AND a.pending = r_pending[r.n] AND a.debt = r_debt[r.n]
        ELSE
          a.available + e_available[r.first_entry] = e_available_after[r.first_entry]
          AND a.held + e_held[r.first_entry] = e_held_after[r.first_entry]
          AND a.pending + e_pending[r.first_entry] = e_pending_after[r.first_entry]
          AND a.debt + e_debt[r.first_entry] = e_debt_after[r.first_entry]
          AND (r.first_entry = r.last_entry
            OR follow(r.first_entry, r.last_entry, e_available, e_held, e_pending, e_debt,
              e_available_after, e_held_after, e_pending_after, e_debt_after))
          AND e_available_after[r.last_entry] = r_available[r.n] AND e_held_after[r.last_entry] = r_held[r.n]
          AND e_pending_after[r.last_entry] = r_pending[r.n] AND e_debt_after[r.last_entry] = r_debt[r.n]
        END
      AND least(r_available[r.n], r_held[r.n], r_pending[r.n], r_debt[r.n]) >= 0
      AND r_decided_at[r.n] <= latest
    RETURNING r.n)
  SELECT array_agg(updated.n) INTO accepted FROM updated;

  WITH written AS (
    INSERT INTO operation (lane, program, account, version, id, type, outcome, key, fingerprint, reference, points,
      reversible, target, reversed_before, reversed, voids, created_at, detail, hold, image)
    SELECT r_lane[r], r_program[r], r_account[r], o_version[o], o_id[o], o_type[o], o_outcome[o], o_key[o],
      o_fingerprint[o], o_reference[o], o_points[o], o_reversible[o], o_target[o], o_reversed_before[o], o_reversed[o],
      o_voids[o], to_timestamp(o_at[o]::float8 / 1000), o_detail[o], o_hold[o], o_image[o]
    FROM (SELECT r, generate_series(start[r], r_last[r]) FROM unnest(accepted) AS r) AS run(r, o)
    RETURNING id)
  SELECT coalesce(array_agg(id), '{}') INTO inserted FROM written;

  INSERT INTO entry (lane, program, account, version, operation, n, type, available, held, pending, debt,
    available_after, held_after, pending_after, debt_after, lots)
  SELECT r_lane[r], r_program[r], r_account[r], o_version[e_op[e]], o_id[e_op[e]], e_n[e], e_type[e],
    e_available[e], e_held[e], e_pending[e], e_debt[e],
    e_available_after[e], e_held_after[e], e_pending_after[e], e_debt_after[e], e_lots[e]
  FROM (SELECT r, generate_series(o_entry[start[r]], r_last_entry[r]) FROM unnest(accepted) AS r) AS run(r, e);

  RETURN inserted;
END $$;

-- The compact form of an operation's entries, as the proposing function writes them.
CREATE FUNCTION entries_of(p_lane smallint, p_operation uuid) RETURNS text
LANGUAGE sql STABLE
RETURN (
  SELECT '[' || coalesce(string_agg(format('["%s",%s,%s,%s,%s,%s,%s,%s,%s,%s]', e.type, e.available, e.held,
    e.pending, e.debt, e.available_after, e.held_after, e.pending_after, e.debt_after, e.lots), ',' ORDER BY e.n), '')
    || ']'
  FROM entry e
  WHERE e.operation = p_operation AND e.lane = p_lane);

-- Finds operations by id or key, one row for each asked, with the account's head: none where the
-- account has no row. Takes the row lock first, so that the answer counts what is being committed and
-- waits for a synchronous standby like any commit. `asked` is the 1-based index of the question.
CREATE FUNCTION find(p_lane smallint[], p_program text[], p_account text[], p_id uuid[], p_key text[])
RETURNS TABLE (asked int, head_version version, head uuid, digest text, head_image text,
  version version, id uuid, type text, outcome text, key call_key, fingerprint text, reference text, points movement,
  reversible points, target uuid, voids call_key, created_at_ms bigint, detail text, hold text, image text, entries text,
  reversed bigint, voided boolean, ended_by text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = ${flyway:defaultSchema}, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET jit = off
AS $$
BEGIN
  PERFORM 1
  FROM unnest(p_lane, p_program, p_account) AS r(lane, program, account)
  JOIN account a ON a.lane = r.lane AND a.program = r.program AND a.account = r.account
  ORDER BY a.lane, a.program, a.account
  FOR UPDATE OF a;

  RETURN QUERY
  SELECT r.n::int, a.version, a.head, a.digest,
    (SELECT h.image FROM operation h
     WHERE h.lane = a.lane AND h.program = a.program AND h.account = a.account AND h.version = a.version),
    o.version, o.id, o.type, o.outcome, o.key, o.fingerprint, o.reference, o.points, o.reversible, o.target,
    o.voids, (extract(epoch FROM o.created_at) * 1000)::bigint, o.detail, o.hold, o.image,
    CASE WHEN o.id IS NOT NULL THEN entries_of(o.lane, o.id) END,
    (SELECT coalesce(sum(u.reversed), 0)::bigint FROM operation u WHERE u.lane = o.lane AND u.target = o.id),
    EXISTS (SELECT 1 FROM operation u WHERE u.lane = o.lane AND u.target = o.id AND u.voids IS NOT NULL),
    (SELECT u.type FROM operation u WHERE u.lane = o.lane AND u.target = o.id AND u.reversed > 0 AND o.type = 'hold')
  FROM unnest(p_lane, p_program, p_account, p_id, p_key) WITH ORDINALITY AS r(lane, program, account, id, key, n)
  JOIN account a ON a.lane = r.lane AND a.program = r.program AND a.account = r.account
  LEFT JOIN LATERAL (
    SELECT * FROM operation k
    WHERE r.key IS NOT NULL AND k.program = r.program AND k.account = r.account AND k.key = r.key
    UNION ALL
    (SELECT * FROM operation k WHERE r.key IS NULL AND k.id = r.id AND k.lane = r.lane LIMIT 1)
  ) o ON o.program = r.program AND o.account = r.account;
END $$;

-- The newest sealed images, to be put into Redis; `keys` are the newest keys, as JSON rows of key,
-- version, id; none if p_keys_since is null. Accounts that have no operation yet are left out. The LIMITs
-- keep the planner from reading all of an account's history.
CREATE FUNCTION load(p_lane smallint[], p_program text[], p_account text[], p_keys_since timestamptz)
RETURNS TABLE (asked int, version version, head uuid, image text, attributes text, keys text)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = ${flyway:defaultSchema}, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET jit = off
AS $$
BEGIN
  RETURN QUERY
  SELECT r.n::int, a.version, a.head, o.image, a.attributes,
    CASE WHEN o.created_at > p_keys_since THEN (
      SELECT json_agg(json_build_array(k.key, k.version::text, k.id))::text
      FROM (SELECT x.key, x.version, x.id, x.created_at FROM operation x
            WHERE x.lane = a.lane AND x.program = a.program AND x.account = a.account
              AND x.version > a.version - 1000
            ORDER BY x.version DESC LIMIT 1000) k
      WHERE k.created_at > p_keys_since AND k.key IS NOT NULL)
    END
  FROM unnest(p_lane, p_program, p_account) WITH ORDINALITY AS r(lane, program, account, n)
  JOIN account a ON a.lane = r.lane AND a.program = r.program AND a.account = r.account
  CROSS JOIN LATERAL (
    SELECT x.image, x.created_at FROM operation x
    WHERE x.lane = a.lane AND x.program = a.program AND x.account = a.account AND x.version = a.version LIMIT 1
  ) o;
END $$;

REVOKE EXECUTE ON FUNCTION epoch, follow, seal, entries_of, find, load FROM PUBLIC;
GRANT USAGE ON SCHEMA ${flyway:defaultSchema} TO stampede_gateway;
GRANT SELECT ON program, account, operation, entry TO stampede_gateway;
GRANT EXECUTE ON FUNCTION now_ms, epoch, seal, entries_of, find, load TO stampede_gateway;
