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

-- One row an account: the tip of its chain. A row with version 0 is blank: somebody is about to seal
-- the account's first operation. Its digest is that of the blank image (Image.BLANK).
CREATE TABLE account (
  lane smallint NOT NULL CHECK (lane BETWEEN 0 AND 255),
  program text NOT NULL,
  account text NOT NULL,
  version bigint NOT NULL DEFAULT 0 CHECK (version >= 0),
  head uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
  digest text NOT NULL DEFAULT 'ce730bba204e2719693386e5bb6d5acd76431097',
  available bigint NOT NULL DEFAULT 0 CHECK (available BETWEEN 0 AND 9000000000000000),
  held bigint NOT NULL DEFAULT 0 CHECK (held BETWEEN 0 AND 9000000000000000),
  pending bigint NOT NULL DEFAULT 0 CHECK (pending BETWEEN 0 AND 9000000000000000),
  debt bigint NOT NULL DEFAULT 0 CHECK (debt BETWEEN 0 AND 9000000000000000),
  -- when time alone changes the account next: a hold runs out, points mature or expire
  due_at timestamptz,
  attributes text,
  PRIMARY KEY (lane, program, account)
) WITH (fillfactor = 70);

CREATE INDEX account_due ON account (due_at) WHERE due_at IS NOT NULL;

-- The chain: version n follows version n - 1. A declined operation is part of it, without entries.
CREATE TABLE operation (
  lane smallint NOT NULL,
  program text NOT NULL,
  account text NOT NULL,
  version bigint NOT NULL CHECK (version > 0),
  id uuid NOT NULL,
  type text NOT NULL,
  outcome text NOT NULL,
  key text CHECK (length(key) BETWEEN 1 AND 255),
  fingerprint text,
  reference text,
  -- what it did to `available`, without what time had done before
  points bigint NOT NULL CHECK (abs(points) <= 9000000000000000),
  -- what later operations can undo of it
  reversible bigint NOT NULL CHECK (reversible BETWEEN 0 AND 9000000000000000),
  -- the operation that it undoes (a capture or void ends the hold that it names), how much of that was
  -- undone before, and how much it undoes
  target uuid,
  reversed_before bigint CHECK (reversed_before >= 0),
  reversed bigint CHECK (reversed >= 0),
  -- the key of the call that a void undid
  voids text CHECK (length(voids) BETWEEN 1 AND 255),
  created_at timestamptz NOT NULL,
  -- what the answer needs besides: JSON, null where there is nothing
  detail text,
  hold text,
  -- the account's whole state after it
  image text NOT NULL,
  PRIMARY KEY (lane, program, account, version),
  CHECK ((target IS NULL) = (reversed_before IS NULL) AND (target IS NULL) = (reversed IS NULL)),
  CHECK (outcome = 'ok' OR (points = 0 AND reversible = 0 AND target IS NULL))
);

CREATE UNIQUE INDEX operation_id ON operation (lane, id);
CREATE UNIQUE INDEX operation_key ON operation (lane, program, account, key) WHERE key IS NOT NULL;
CREATE UNIQUE INDEX operation_target ON operation (lane, target, reversed_before) WHERE target IS NOT NULL;

-- One row a movement of points: the change of each bucket, and the bucket after it.
CREATE TABLE entry (
  lane smallint NOT NULL,
  program text NOT NULL,
  account text NOT NULL,
  version bigint NOT NULL,
  n smallint NOT NULL CHECK (n > 0),
  type text NOT NULL,
  available bigint NOT NULL,
  held bigint NOT NULL,
  pending bigint NOT NULL,
  debt bigint NOT NULL,
  available_after bigint NOT NULL CHECK (available_after BETWEEN 0 AND 9000000000000000),
  held_after bigint NOT NULL CHECK (held_after BETWEEN 0 AND 9000000000000000),
  pending_after bigint NOT NULL CHECK (pending_after BETWEEN 0 AND 9000000000000000),
  debt_after bigint NOT NULL CHECK (debt_after BETWEEN 0 AND 9000000000000000),
  -- [[day, points], ...]: the lots that moved; a day counts from 1970-01-01
  lots text NOT NULL,
  PRIMARY KEY (lane, program, account, version, n)
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

-- Judges and writes a batch of runs, one run an account. See dev.stampede.seal.Sealer.
--   r_*  one element a run, in the order of lane, program, account: its first and last operation, its
--        last entry (all 1-based indexes), and the account after it; r_lapse_at: latest time, in ms, of
--        an operation of the run that writes what time has done, 0 if none
--   o_*  one element an operation, run by run: o_prev and o_digest name the head and the image that it
--        was decided on, o_entry is the index of its first entry, o_follows that of the operation
--        before it in the run with the same target (0 if none), o_target_in_run says that the target
--        itself is in the run
--   e_*  one element an entry, operation by operation
CREATE FUNCTION seal(
  r_lane smallint[], r_program text[], r_account text[], r_first int[], r_last int[], r_last_entry int[],
  r_head uuid[], r_digest text[], r_version bigint[],
  r_available bigint[], r_held bigint[], r_pending bigint[], r_debt bigint[],
  r_due bigint[], r_lapse_at bigint[], r_attributes text[],
  o_run int[], o_lane smallint[], o_program text[], o_account text[], o_id uuid[], o_prev uuid[], o_digest text[],
  o_version bigint[], o_type text[], o_outcome text[], o_key text[], o_fingerprint text[], o_reference text[],
  o_points bigint[], o_reversible bigint[], o_target uuid[], o_reversed_before bigint[], o_reversed bigint[],
  o_follows int[], o_target_in_run boolean[], o_voids text[], o_at bigint[], o_detail text[], o_hold text[],
  o_image text[], o_entry int[],
  e_op int[], e_lane smallint[], e_program text[], e_account text[], e_version bigint[], e_n smallint[], e_type text[],
  e_available bigint[], e_held bigint[], e_pending bigint[], e_debt bigint[],
  e_available_after bigint[], e_held_after bigint[], e_pending_after bigint[], e_debt_after bigint[], e_lots text[],
  OUT inserted uuid[], OUT at_ms bigint
) LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = ${flyway:defaultSchema}, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET jit = off
AS $$
DECLARE
  runs int := cardinality(r_lane);
  -- per run: its first operation that is not sealed yet, if the account's head is where it begins
  start int[] := array_fill(NULL::int, ARRAY[runs]);
  accepted int[] := array_fill(NULL::int, ARRAY[runs]);
  conflict boolean[] := array_fill(false, ARRAY[runs]);
  rec record;
BEGIN
  -- (1) a blank row for each account that has none
  INSERT INTO account (lane, program, account)
  SELECT r.lane, r.program, r.account
  FROM unnest(r_lane, r_program, r_account) AS r(lane, program, account)
  WHERE (SELECT 1 FROM account a WHERE a.lane = r.lane AND a.program = r.program AND a.account = r.account) IS NULL
  ORDER BY r.lane, r.program, r.account
  ON CONFLICT DO NOTHING;

  -- (2) lock them, in the same order everywhere. Others may have sealed the beginning of a run: it
  -- starts behind the account's head.
  FOR rec IN
    SELECT r.run, r.first - 1 + array_position(o_prev[r.first:r.last], a.head) AS first
    FROM unnest(r_lane, r_program, r_account, r_first, r_last)
      WITH ORDINALITY AS r(lane, program, account, first, last, run)
    JOIN account a ON a.lane = r.lane AND a.program = r.program AND a.account = r.account
    ORDER BY a.lane, a.program, a.account
    FOR UPDATE OF a
  LOOP
    start[rec.run] := rec.first;
  END LOOP;

  -- (3) new statements, so new snapshots: whatever was committed while we waited is seen.
  -- A key is used once.
  FOR rec IN
    SELECT o.run
    FROM unnest(o_run, o_lane, o_program, o_account, o_key)
      WITH ORDINALITY AS o(run, lane, program, account, key, n)
    WHERE o.key IS NOT NULL AND o.n >= start[o.run]
      AND (SELECT 1 FROM operation x WHERE x.lane = o.lane AND x.program = o.program AND x.account = o.account
           AND x.key = o.key LIMIT 1) IS NOT NULL
  LOOP
    conflict[rec.run] := true;
  END LOOP;

  -- What is undone follows on what was undone before, and is never more than there was.
  FOR rec IN
    SELECT o.run
    FROM unnest(o_run, o_lane, o_program, o_account, o_target, o_reversed_before, o_reversed, o_follows, o_target_in_run)
      WITH ORDINALITY AS o(run, lane, program, account, target, reversed_before, reversed, follows, target_in_run, n)
    WHERE o.target IS NOT NULL AND o.n >= start[o.run]
      AND ((o.follows < start[o.run]
            AND o.reversed_before <> coalesce((SELECT sum(x.reversed) FROM operation x
                                               WHERE x.lane = o.lane AND x.target = o.target), 0))
        OR (o.follows >= start[o.run]
            AND (o.reversed_before <> o_reversed_before[o.follows] + o_reversed[o.follows] OR o_reversed[o.follows] = 0))
        OR EXISTS (SELECT FROM operation x
                   WHERE x.lane = o.lane AND x.target = o.target AND x.reversed_before = o.reversed_before)
        -- looked up by its id alone: with the account beside it, the planner may read all of the account's history
        OR coalesce((SELECT x.reversible < o.reversed_before + o.reversed OR x.program <> o.program
                       OR x.account <> o.account
                     FROM operation x WHERE x.lane = o.lane AND x.id = o.target),
                    NOT o.target_in_run))
  LOOP
    conflict[rec.run] := true;
  END LOOP;

  at_ms := now_ms();

  -- The head, the digest of the image and every bucket must be what the run was decided on.
  FOR rec IN
    UPDATE account a
    SET head = r.head, digest = r.digest, version = r.version,
      available = r.available, held = r.held, pending = r.pending, debt = r.debt,
      due_at = CASE WHEN r.due > 0 THEN to_timestamp(r.due / 1000.0) END,
      attributes = coalesce(r.attributes, a.attributes)
    FROM unnest(r_lane, r_program, r_account, start, conflict, r_last, r_last_entry, r_head, r_digest, r_version,
        r_available, r_held, r_pending, r_debt, r_due, r_lapse_at, r_attributes)
      WITH ORDINALITY AS r(lane, program, account, start, conflict, last, last_entry, head, digest, version,
        available, held, pending, debt, due, lapse_at, attributes, run)
    WHERE a.lane = r.lane AND a.program = r.program AND a.account = r.account
      AND r.start IS NOT NULL AND NOT r.conflict
      AND a.head = o_prev[r.start] AND a.digest = o_digest[r.start] AND a.version + 1 = o_version[r.start]
      AND a.version + 1 + r.last - r.start = r.version
      AND a.available + coalesce((SELECT sum(e) FROM unnest(e_available[o_entry[r.start]:r.last_entry]) e), 0)
        = r.available
      AND a.held + coalesce((SELECT sum(e) FROM unnest(e_held[o_entry[r.start]:r.last_entry]) e), 0) = r.held
      AND a.pending + coalesce((SELECT sum(e) FROM unnest(e_pending[o_entry[r.start]:r.last_entry]) e), 0) = r.pending
      AND a.debt + coalesce((SELECT sum(e) FROM unnest(e_debt[o_entry[r.start]:r.last_entry]) e), 0) = r.debt
      AND 0 <= ALL (e_available_after[o_entry[r.start]:r.last_entry])
      AND 0 <= ALL (e_held_after[o_entry[r.start]:r.last_entry])
      AND 0 <= ALL (e_pending_after[o_entry[r.start]:r.last_entry])
      AND 0 <= ALL (e_debt_after[o_entry[r.start]:r.last_entry])
      -- nobody may make points lapse before their time
      AND r.lapse_at <= at_ms + 1000
    RETURNING r.run, r.start
  LOOP
    accepted[rec.run] := rec.start;
  END LOOP;

  WITH written AS (
    INSERT INTO operation (lane, program, account, version, id, type, outcome, key, fingerprint, reference, points,
      reversible, target, reversed_before, reversed, voids, created_at, detail, hold, image)
    SELECT o.lane, o.program, o.account, o.version, o.id, o.type, o.outcome, o.key, o.fingerprint, o.reference,
      o.points, o.reversible, o.target, o.reversed_before, o.reversed, o.voids,
      to_timestamp(o.at / 1000.0), o.detail, o.hold, o.image
    FROM unnest(o_run, o_lane, o_program, o_account, o_version, o_id, o_type, o_outcome, o_key, o_fingerprint,
        o_reference, o_points, o_reversible, o_target, o_reversed_before, o_reversed, o_voids, o_at, o_detail, o_hold,
        o_image)
      WITH ORDINALITY AS o(run, lane, program, account, version, id, type, outcome, key, fingerprint,
        reference, points, reversible, target, reversed_before, reversed, voids, at, detail, hold, image, n)
    WHERE o.n >= accepted[o.run]
    RETURNING id)
  SELECT coalesce(array_agg(id), '{}') INTO inserted FROM written;

  INSERT INTO entry (lane, program, account, version, n, type, available, held, pending, debt,
    available_after, held_after, pending_after, debt_after, lots)
  SELECT e.lane, e.program, e.account, e.version, e.n, e.type, e.available, e.held, e.pending, e.debt,
    e.available_after, e.held_after, e.pending_after, e.debt_after, e.lots
  FROM unnest(e_op, e_lane, e_program, e_account, e_version, e_n, e_type, e_available, e_held, e_pending, e_debt,
      e_available_after, e_held_after, e_pending_after, e_debt_after, e_lots)
    AS e(op, lane, program, account, version, n, type, available, held, pending, debt,
      available_after, held_after, pending_after, debt_after, lots)
  WHERE e.op >= accepted[o_run[e.op]];
END $$;

-- The compact form of an operation's entries, as the proposing function writes them.
CREATE FUNCTION entries_of(p_lane smallint, p_program text, p_account text, p_version bigint) RETURNS text
LANGUAGE sql STABLE
RETURN (
  SELECT '[' || coalesce(string_agg(format('["%s",%s,%s,%s,%s,%s,%s,%s,%s,%s]', e.type, e.available, e.held,
    e.pending, e.debt, e.available_after, e.held_after, e.pending_after, e.debt_after, e.lots), ',' ORDER BY e.n), '')
    || ']'
  FROM entry e
  WHERE e.lane = p_lane AND e.program = p_program AND e.account = p_account AND e.version = p_version);

-- Finds operations by id or key, one row for each asked, with the account's head: none where the
-- account has no row. Takes the row lock first, so that the answer counts what is being committed and
-- waits for a synchronous standby like any commit. `asked` is the 1-based index of the question.
CREATE FUNCTION find(p_lane smallint[], p_program text[], p_account text[], p_id uuid[], p_key text[])
RETURNS TABLE (asked int, head_version bigint, head uuid, digest text, head_image text,
  version bigint, id uuid, type text, outcome text, key text, fingerprint text, reference text, points bigint,
  reversible bigint, target uuid, voids text, created_at_ms bigint, detail text, hold text, image text, entries text,
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
    CASE WHEN o.id IS NOT NULL THEN entries_of(o.lane, o.program, o.account, o.version) END,
    (SELECT coalesce(sum(u.reversed), 0)::bigint FROM operation u WHERE u.lane = o.lane AND u.target = o.id),
    EXISTS (SELECT 1 FROM operation u WHERE u.lane = o.lane AND u.target = o.id AND u.voids IS NOT NULL),
    (SELECT u.type FROM operation u WHERE u.lane = o.lane AND u.target = o.id AND u.reversed > 0 AND o.type = 'hold')
  FROM unnest(p_lane, p_program, p_account, p_id, p_key) WITH ORDINALITY AS r(lane, program, account, id, key, n)
  JOIN account a ON a.lane = r.lane AND a.program = r.program AND a.account = r.account
  LEFT JOIN LATERAL (
    SELECT * FROM operation k
    WHERE r.key IS NOT NULL AND k.lane = r.lane AND k.program = r.program AND k.account = r.account AND k.key = r.key
    UNION ALL
    -- by the id alone, see seal
    (SELECT * FROM operation k WHERE r.key IS NULL AND k.lane = r.lane AND k.id = r.id LIMIT 1)
  ) o ON o.program = r.program AND o.account = r.account;
END $$;

-- The newest sealed images, to be put into Redis; `keys` are the newest keys, as JSON rows of key,
-- version, id; none if p_keys_since is null. Accounts that have no operation yet are left out. The LIMITs
-- keep the planner from reading all of an account's history.
CREATE FUNCTION load(p_lane smallint[], p_program text[], p_account text[], p_keys_since timestamptz)
RETURNS TABLE (asked int, version bigint, head uuid, image text, attributes text, keys text)
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

REVOKE EXECUTE ON FUNCTION epoch, seal, entries_of, find, load FROM PUBLIC;
GRANT USAGE ON SCHEMA ${flyway:defaultSchema} TO stampede_gateway;
GRANT SELECT ON program, account, operation, entry TO stampede_gateway;
GRANT EXECUTE ON FUNCTION now_ms, epoch, seal, entries_of, find, load TO stampede_gateway;
