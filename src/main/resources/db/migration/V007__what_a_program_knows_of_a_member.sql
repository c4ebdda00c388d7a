-- The stored form 3: what a program knows of a member beside the points, as `member` in the image, and with each
-- operation what it did there. A row is of format 3 only if it has some of it (Proposal.format); the release before
-- reads all others, and ignores the columns that it does not know.

-- What later operations can undo of an operation beside its points, and what its answer tells besides; JSON. An
-- operation that undoes another has as `parts` what it has left of them.
CREATE DOMAIN parts AS text;
CREATE DOMAIN told AS text;

ALTER TABLE operation
  ADD COLUMN parts parts,
  ADD COLUMN told told,
  -- the version of the program whose rules made it
  ADD COLUMN program_version int,
  -- of an operation that undoes another: how many have undone that one before; null where the release before wrote it
  ADD COLUMN step int;

-- Only now: Postgres would write a table anew to add a column of a domain with constraints, and read it to check them.
ALTER DOMAIN parts ADD CHECK (octet_length(VALUE) <= 4096) NOT VALID;
ALTER DOMAIN told ADD CHECK (octet_length(VALUE) <= 16384) NOT VALID;

-- The operations that have undone another one are looked up here, those without a step, too. An operation can be undone
-- twice at the same point only if it has parts: by operations that take 0 points.
CREATE UNIQUE INDEX operation_step ON operation (lane, target, step) WHERE target IS NOT NULL;
DROP INDEX operation_target;
CREATE UNIQUE INDEX operation_target ON operation (lane, target, reversed_before)
  WHERE target IS NOT NULL AND parts IS NULL;

-- The state of an operation, as the Lua library keeps it in t:<id>: for a hold that is not open, how it ended; for any
-- other operation how many of its points were undone, whether it was voided by key, and how many operations have undone
-- it, also 0 points of it. Null if the account has no such operation.
CREATE FUNCTION state_of_2(p_lane smallint, p_program text, p_account text, p_id uuid) RETURNS text
LANGUAGE plpgsql STABLE
SET enable_seqscan = off
AS $$
DECLARE
  found text;
BEGIN
  SELECT CASE WHEN o.type = 'hold' AND o.outcome = 'ok' THEN coalesce((
      SELECT CASE WHEN u.voids IS NOT NULL THEN 'undone' WHEN u.type = 'capture' THEN 'captured' ELSE 'voided' END
      FROM operation u WHERE u.lane = o.lane AND u.target = o.id
      ORDER BY u.voids IS NULL LIMIT 1), 'expired')
    ELSE (
      SELECT coalesce(sum(u.reversed), 0) || ' ' || coalesce(max((u.voids IS NOT NULL)::int), 0) || ' '
        || count(*)
      FROM operation u WHERE u.lane = o.lane AND u.target = o.id)
    END
  INTO found
  FROM operation o WHERE o.id = p_id AND o.lane = p_lane AND o.program = p_program AND o.account = p_account;
  RETURN found;
END $$;

-- Checks and writes a batch of runs, one run per account. A run is written up to its first wrong operation, the
-- culprit: the operations before it are right in any case, those after it rest on it. See dev.stampede.seal.Sealer.
-- An array whose elements would all be null is null.
--   r_*  one element per run, in the order of lane, program, account, in which the rows are locked: its first and last
--        operation, its last entry (all 1-based indexes), and the account after it; r_decided_at: the latest time,
--        in ms, at which an operation of the run was decided
--   o_*  one element per operation, run by run: o_prev and o_digest name the head and the image on which it
--        was decided, o_entry is the index of its first entry, o_due the next time at which time alone changes the
--        account (ms, 0 if never), o_follows the index of the previous operation in the run that undoes points of the
--        same target (0 if none), o_target_in_run whether the target itself is in the run; o_undoes: what
--        the target must be (hold, earn or spent; an adjustment has earned or spent), o_undoes_all: whether nothing of
--        it may be left; o_rests of a decline: the state of the operation o_basis on which it rests; o_left: the state
--        in which an operation has left its target; o_step: how many operations have undone the target before;
--        o_format: of the row
--   e_*  one element per entry, operation by operation
-- Answers the ids that it inserted, and for each run that was not written completely its number, its culprit (the index
-- of an operation) and the reason:
--   head    the account has another head
--   image   the account is not the one on which the run was decided, or the entries do not lead to the run's result
--   time    the run was decided ahead of Postgres' clock, and of the sandbox's
--   key     the culprit's key was used before
--   target  the operation that the culprit undoes, or on which it rests, is not as it claims
-- The statements take their values out of the arrays by index (r, o, e), which costs a fraction of unnesting them all.
-- Joins are nested loops, regardless of the planner's estimate of a table's size: its statistics are always outdated.
CREATE FUNCTION seal_3(
  r_lane smallint[], r_program text[], r_account text[], r_first int[], r_last int[], r_last_entry int[],
  r_digest text[], r_available bigint[], r_held bigint[], r_pending bigint[], r_debt bigint[], r_decided_at bigint[],
  o_run int[], o_id uuid[], o_prev uuid[], o_digest text[],
  o_version bigint[], o_type text[], o_outcome text[], o_key text[], o_fingerprint text[], o_reference text[],
  o_points bigint[], o_reversible bigint[], o_target uuid[], o_reversed_before bigint[], o_reversed bigint[],
  o_step bigint[], o_follows int[], o_target_in_run boolean[], o_undoes text[], o_undoes_all boolean[], o_left text[],
  o_basis uuid[], o_rests text[],
  o_voids text[], o_at bigint[], o_due bigint[], o_attributes text[], o_matures bigint[],
  o_program_version int[], o_parts text[], o_told text[], o_detail text[], o_hold text[], o_image text[],
  o_format smallint[], o_entry int[],
  e_op int[], e_n smallint[], e_type text[],
  e_available bigint[], e_held bigint[], e_pending bigint[], e_debt bigint[],
  e_available_after bigint[], e_held_after bigint[], e_pending_after bigint[], e_debt_after bigint[], e_lots text[],
  OUT inserted uuid[], OUT refused int[], OUT culprit int[], OUT reason text[]
) LANGUAGE plpgsql VOLATILE SECURITY DEFINER
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
  -- per run: its first unsealed operation, if it was decided on the account's head; else null
  start int[];
  -- per run: the last operation that may be right
  upto int[] := r_last;
  -- per run: the attributes that it sets
  changed text[];
  by_key int[];
  by_target int[];
  o int;
  there jsonb;
  accepted int[];
  latest bigint;
BEGIN
  -- (1) a blank row for each account that has none: only a chain's first operation can need it
  IF 1 = ANY (o_version) THEN
    INSERT INTO account (lane, program, account)
    SELECT r_lane[n], r_program[n], r_account[n]
    FROM generate_series(1, runs) AS n
    WHERE o_version[r_first[n]] = 1
      AND (SELECT 1 FROM account a
           WHERE a.lane = r_lane[n] AND a.program = r_program[n] AND a.account = r_account[n]) IS NULL
    ON CONFLICT DO NOTHING;
  END IF;

  -- (2) lock them one by one, in the same order everywhere. Another gateway may have sealed the beginning of a run:
  -- the rest of the run starts behind the account's head.
  SELECT array_agg((
    SELECT CASE
      WHEN a.head = o_prev[r_first[n]] THEN r_first[n]
      WHEN r_first[n] < r_last[n] THEN r_first[n] - 1 + array_position(o_prev[r_first[n]:r_last[n]], a.head)
    END
    FROM account a
    WHERE a.lane = r_lane[n] AND a.program = r_program[n] AND a.account = r_account[n]
    FOR UPDATE))
  INTO start
  FROM generate_series(1, runs) AS n;

  -- (3) new statements have new snapshots: they see what was committed while we waited for the locks.
  -- A key may be used only once.
  SELECT array_agg(i) INTO by_key
  FROM generate_series(1, operations) AS i
  WHERE i >= start[o_run[i]] AND o_key[i] IS NOT NULL
    AND (SELECT 1 FROM operation x
         WHERE x.key = o_key[i] AND x.account = r_account[o_run[i]] AND x.program = r_program[o_run[i]]
         LIMIT 1) IS NOT NULL;

  -- The undone points of an operation are counted without a gap, and never exceed the points that it has. So are the
  -- operations that undo it: one that takes 0 points is followed by another only where there are parts to undo.
  IF o_target IS NOT NULL THEN
    SELECT array_agg(i) INTO by_target
    FROM generate_series(1, operations) AS i
    WHERE i >= start[o_run[i]] AND o_target[i] IS NOT NULL
      AND ((o_follows[i] < start[o_run[i]]
            AND (SELECT coalesce(sum(x.reversed), 0) <> o_reversed_before[i] OR count(*) IS DISTINCT FROM o_step[i]
                 FROM operation x WHERE x.lane = r_lane[o_run[i]] AND x.target = o_target[i]))
        OR (o_follows[i] >= start[o_run[i]]
            AND (o_reversed_before[i] <> o_reversed_before[o_follows[i]] + o_reversed[o_follows[i]]
              OR o_step[i] IS DISTINCT FROM o_step[o_follows[i]] + 1
              OR o_reversed[o_follows[i]] = 0 AND o_parts[i] IS NULL))
        OR o_parts[i] IS NULL
          AND EXISTS (SELECT FROM operation x
                      WHERE x.lane = r_lane[o_run[i]] AND x.target = o_target[i]
                        AND x.reversed_before = o_reversed_before[i])
        -- looked up by its id alone: with the account in the condition, the planner may read the whole history
        OR coalesce((SELECT x.reversible < o_reversed_before[i] + o_reversed[i] OR x.program <> r_program[o_run[i]]
                       OR x.account <> r_account[o_run[i]]
                       OR o_undoes_all[i] AND x.reversible <> o_reversed_before[i] + o_reversed[i]
                         AND (o_undoes[i] IS NOT NULL OR x.type <> 'hold') -- the hold had ended; its call is voided
                       OR o_undoes[i] IS NOT NULL AND o_undoes[i] <> CASE
                         WHEN x.type IN ('redeem', 'capture') THEN 'spent'
                         WHEN x.type = 'adjust' THEN
                           (SELECT CASE WHEN max(e.available) > 0 THEN 'earn' ELSE 'spent' END
                            FROM entry e WHERE e.operation = x.id AND e.type = 'adjust')
                         ELSE x.type END
                       OR o_voids[i] IS NOT NULL AND o_voids[i] IS DISTINCT FROM x.key
                     FROM operation x WHERE x.id = o_target[i] AND x.lane = r_lane[o_run[i]]),
                    NOT o_target_in_run[i]));
  END IF;

  -- A decline must be right about the state of the operation on which it rests. If that operation is in the run, and
  -- no operation of the run has ended it, it can only be an expired hold.
  IF o_basis IS NOT NULL THEN
    SELECT by_target || array_agg(i) INTO by_target
    FROM generate_series(1, operations) AS i
    WHERE i >= start[o_run[i]] AND o_basis[i] IS NOT NULL
      AND o_rests[i] IS DISTINCT FROM CASE WHEN o_follows[i] >= start[o_run[i]] THEN
          -- the void of a hold that had already ended does not show that its target is a hold
          CASE WHEN o_voids[o_follows[i]] IS NOT NULL AND EXISTS (
              SELECT FROM operation h
              WHERE h.id = o_basis[i] AND h.lane = r_lane[o_run[i]] AND h.type = 'hold' AND h.outcome = 'ok')
            THEN 'undone' ELSE o_left[o_follows[i]] END
        ELSE coalesce(state_of_2(r_lane[o_run[i]], r_program[o_run[i]], r_account[o_run[i]], o_basis[i]),
          CASE WHEN o_target_in_run[i] THEN 'expired' END) END;
  END IF;

  -- A run is cut before its culprit, and its arrays are adapted. The statements below need not know of it: culprits are
  -- rare, and each further expression would slow down every batch.
  IF by_key IS NOT NULL OR by_target IS NOT NULL THEN
    FOREACH o IN ARRAY coalesce(by_key, '{}') || coalesce(by_target, '{}') LOOP
      upto[o_run[o]] := least(upto[o_run[o]], o - 1);
    END LOOP;
    FOR r IN 1 .. runs LOOP
      o := upto[r] + 1;
      IF upto[r] < r_last[r] AND upto[r] >= start[r] THEN
        r_digest[r] := o_digest[o];
        r_decided_at[r] := (SELECT max(o_at[i]) FROM generate_series(start[r], upto[r]) AS i);
        r_last_entry[r] := o_entry[o] - 1;
        there := o_image[o - 1]::jsonb;
        r_available[r] := there ->> 'available';
        r_held[r] := there ->> 'held';
        r_pending[r] := there ->> 'pending';
        r_debt[r] := there ->> 'debt';
      END IF;
    END LOOP;
  END IF;

  IF o_attributes IS NOT NULL THEN
    FOR o IN 1 .. operations LOOP
      IF o_attributes[o] IS NOT NULL AND o BETWEEN start[o_run[o]] AND upto[o_run[o]] THEN
        changed[o_run[o]] := o_attributes[o];
      END IF;
    END LOOP;
  END IF;

  -- points must not lapse before their time
  latest := now_ms() + 1000;
  IF latest < ANY (r_decided_at) THEN -- a sandbox has a time of its own
    SELECT array_agg(CASE WHEN r_decided_at[n] <= (SELECT c.now_ms FROM program_clock c WHERE c.program = r_program[n])
      THEN latest ELSE r_decided_at[n] END ORDER BY n)
    INTO r_decided_at
    FROM generate_series(1, runs) AS n;
  END IF;

  -- The head, the digest of the image and every bucket must be those on which the run was decided, and the entries must
  -- lead from them to the new buckets.
  WITH updated AS (
    UPDATE account a
    SET head = o_id[r.last], digest = r_digest[r.n], version = o_version[r.last],
      available = r_available[r.n], held = r_held[r.n], pending = r_pending[r.n], debt = r_debt[r.n],
      due_at = CASE WHEN o_due[r.last] > 0 THEN to_timestamp(o_due[r.last]::float8 / 1000) END,
      attributes = coalesce(changed[r.n], a.attributes)
    FROM (
      SELECT n, start[n] AS first, upto[n] AS last, o_entry[start[n]] AS first_entry, r_last_entry[n] AS last_entry
      FROM generate_series(1, runs) AS n
      WHERE upto[n] >= start[n]) AS r
    WHERE a.lane = r_lane[r.n] AND a.program = r_program[r.n] AND a.account = r_account[r.n]
      AND a.head = o_prev[r.first] AND a.digest = o_digest[r.first]
      AND a.version + 1 = o_version[r.first] AND a.version + 1 + r.last - r.first = o_version[r.last]
      AND CASE WHEN r.first_entry > r.last_entry THEN -- declined: no movement
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
      AND (r_debt[r.n] = 0 OR r_available[r.n] = 0)
      AND r_decided_at[r.n] <= latest
    RETURNING r.n)
  SELECT array_agg(updated.n) INTO accepted FROM updated;

  INSERT INTO operation (lane, program, account, version, id, type, outcome, key, fingerprint, reference, points,
    reversible, target, reversed_before, reversed, step, voids, created_at, matures, program_version, parts, told,
    detail, hold, image, format)
  SELECT r_lane[n], r_program[n], r_account[n], o_version[i], o_id[i], o_type[i], o_outcome[i], o_key[i],
    o_fingerprint[i], o_reference[i], o_points[i], o_reversible[i], o_target[i], o_reversed_before[i], o_reversed[i],
    o_step[i], o_voids[i], to_timestamp(o_at[i]::float8 / 1000), o_matures[i], o_program_version[i], o_parts[i],
    o_told[i], o_detail[i], o_hold[i], o_image[i], o_format[i]
  FROM (SELECT n, generate_series(start[n], upto[n]) FROM unnest(accepted) AS n) AS run(n, i);

  INSERT INTO entry (lane, program, account, version, operation, n, type, available, held, pending, debt,
    available_after, held_after, pending_after, debt_after, lots)
  SELECT r_lane[n], r_program[n], r_account[n], o_version[e_op[i]], o_id[e_op[i]], e_n[i], e_type[i],
    e_available[i], e_held[i], e_pending[i], e_debt[i],
    e_available_after[i], e_held_after[i], e_pending_after[i], e_debt_after[i], e_lots[i]
  FROM (SELECT n, generate_series(o_entry[start[n]], r_last_entry[n]) FROM unnest(accepted) AS n) AS run(n, i);

  IF start = r_first AND upto = r_last AND cardinality(accepted) = runs THEN
    inserted := o_id; -- everything
    RETURN;
  END IF;
  SELECT coalesce(array_agg(o_id[i]), '{}') INTO inserted
  FROM (SELECT generate_series(start[n], upto[n]) FROM unnest(accepted) AS n) AS run(i);

  -- Those that were not written whole, and why.
  SELECT array_agg(n), array_agg(CASE WHEN n = ANY (accepted) OR upto[n] < start[n] THEN upto[n] + 1
      ELSE coalesce(start[n], r_first[n]) END),
    array_agg(CASE
      WHEN start[n] IS NULL THEN 'head'
      WHEN NOT coalesce(n = ANY (accepted), false) AND upto[n] >= start[n] THEN
        CASE WHEN r_decided_at[n] > latest THEN 'time' ELSE 'image' END
      WHEN upto[n] + 1 = ANY (by_key) THEN 'key'
      ELSE 'target'
    END)
  INTO refused, culprit, reason
  FROM generate_series(1, runs) AS n
  WHERE upto[n] < r_last[n] OR (n = ANY (accepted)) IS NOT TRUE;
END $$;

-- Finds operations by id or key, one row per question, with the account's head; no row if the account has none. First
-- takes the row lock: the answer then includes everything being committed, and waits for a synchronous standby like a
-- commit. `asked` is the 1-based index of the question; `steps` is how many operations have undone the one that was
-- found, also 0 points of it; `ended_by` is the type of the one that ended a hold; `left_parts` is what the newest of
-- them has left of its `parts`. Rows of format 1 have `matures` in `detail`.
CREATE FUNCTION find_3(p_lane smallint[], p_program text[], p_account text[], p_id uuid[], p_key text[])
RETURNS TABLE (asked int, head_version version, head uuid, digest text, head_format smallint, head_image text,
  attributes text, format smallint, version version, id uuid, type text, outcome text, key call_key, fingerprint text,
  reference text, points movement, reversible points, target uuid, voids call_key, created_at_ms bigint, matures bigint,
  program_version int, parts parts, told told, detail text, hold text, image text, entries text,
  reversed bigint, voided boolean, steps bigint, ended_by text, left_parts text)
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

  -- without a row nothing is locked, and the answer would not wait for the synchronous standby
  IF EXISTS (
    SELECT 1 FROM unnest(p_lane, p_program, p_account) AS r(lane, program, account)
    WHERE NOT EXISTS (
      SELECT 1 FROM account a WHERE a.lane = r.lane AND a.program = r.program AND a.account = r.account)
  ) THEN
    PERFORM pg_logical_emit_message(true, 'stampede', '');
  END IF;

  RETURN QUERY
  SELECT r.n::int, a.version, a.head, a.digest, h.format, h.image, a.attributes, o.format,
    o.version, o.id, o.type, o.outcome, o.key, o.fingerprint, o.reference, o.points, o.reversible, o.target,
    o.voids, (extract(epoch FROM o.created_at) * 1000)::bigint,
    CASE WHEN o.format > 1 THEN o.matures
      WHEN o.type = 'earn'
        THEN substring(o.detail FROM '"availableOn":"(\d{4}-\d\d-\d\d)"')::date - date '1970-01-01' END,
    o.program_version, o.parts, o.told, o.detail, o.hold, o.image,
    CASE WHEN o.id IS NOT NULL THEN entries_of(o.lane, o.id) END,
    d.reversed, d.voided, d.steps, d.ended_by, coalesce(d.left_parts, o.parts)
  FROM unnest(p_lane, p_program, p_account, p_id, p_key) WITH ORDINALITY AS r(lane, program, account, id, key, n)
  JOIN account a ON a.lane = r.lane AND a.program = r.program AND a.account = r.account
  LEFT JOIN LATERAL (
    SELECT x.format, x.image FROM operation x
    WHERE x.lane = a.lane AND x.program = a.program AND x.account = a.account AND x.version = a.version LIMIT 1
  ) h ON true
  LEFT JOIN LATERAL (
    SELECT * FROM operation k
    WHERE r.key IS NOT NULL AND k.program = r.program AND k.account = r.account AND k.key = r.key
    UNION ALL
    (SELECT * FROM operation k WHERE r.key IS NULL AND k.id = r.id AND k.lane = r.lane LIMIT 1)
  ) o ON o.program = r.program AND o.account = r.account
  -- the operations that have undone it
  CROSS JOIN LATERAL (
    SELECT coalesce(sum(u.reversed), 0)::bigint AS reversed, coalesce(bool_or(u.voids IS NOT NULL), false) AS voided,
      count(*) AS steps,
      max(u.type) FILTER (WHERE o.type = 'hold' AND (u.reversed > 0 OR o.reversible = 0)) AS ended_by,
      (array_agg(u.parts ORDER BY u.version DESC) FILTER (WHERE u.parts IS NOT NULL))[1]::text AS left_parts
    FROM operation u WHERE u.lane = o.lane AND u.target = o.id
  ) d;
END $$;

REVOKE EXECUTE ON FUNCTION state_of_2, seal_3, find_3 FROM PUBLIC;
GRANT EXECUTE ON FUNCTION seal_3, find_3 TO stampede_gateway;
