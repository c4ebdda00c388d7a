-- Nobody has points available and a debt at once: whatever becomes available pays first.
-- Accounts that an earlier release left with both are due now: the sweep lets them pay. They break the constraint until
-- then, which is why it is not validated.
UPDATE account SET due_at = now() WHERE debt > 0 AND available > 0;
ALTER TABLE account ADD CONSTRAINT account_debt_comes_first CHECK (debt = 0 OR available = 0) NOT VALID;

-- As before (V001 says what the arguments are), and an account with both is not accepted.
CREATE OR REPLACE FUNCTION seal(
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
      AND (r_debt[r.n] = 0 OR r_available[r.n] = 0)
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

-- As before (V003), and ended_by tells whether an earn of nothing was reversed: no sum of points can.
CREATE OR REPLACE FUNCTION find(p_lane smallint[], p_program text[], p_account text[], p_id uuid[], p_key text[])
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

  -- where there is no row, nothing was locked, and the answer would not wait for the synchronous standby
  IF EXISTS (
    SELECT 1 FROM unnest(p_lane, p_program, p_account) AS r(lane, program, account)
    WHERE NOT EXISTS (
      SELECT 1 FROM account a WHERE a.lane = r.lane AND a.program = r.program AND a.account = r.account)
  ) THEN
    PERFORM pg_logical_emit_message(true, 'stampede', '');
  END IF;

  RETURN QUERY
  SELECT r.n::int, a.version, a.head, a.digest,
    (SELECT h.image FROM operation h
     WHERE h.lane = a.lane AND h.program = a.program AND h.account = a.account AND h.version = a.version),
    o.version, o.id, o.type, o.outcome, o.key, o.fingerprint, o.reference, o.points, o.reversible, o.target,
    o.voids, (extract(epoch FROM o.created_at) * 1000)::bigint, o.detail, o.hold, o.image,
    CASE WHEN o.id IS NOT NULL THEN entries_of(o.lane, o.id) END,
    (SELECT coalesce(sum(u.reversed), 0)::bigint FROM operation u WHERE u.lane = o.lane AND u.target = o.id),
    EXISTS (SELECT 1 FROM operation u WHERE u.lane = o.lane AND u.target = o.id AND u.voids IS NOT NULL),
    (SELECT u.type FROM operation u WHERE u.lane = o.lane AND u.target = o.id
       AND (o.type = 'hold' AND u.reversed > 0 OR o.type = 'earn' AND o.reversible = 0 AND u.type = 'reverse'))
  FROM unnest(p_lane, p_program, p_account, p_id, p_key) WITH ORDINALITY AS r(lane, program, account, id, key, n)
  JOIN account a ON a.lane = r.lane AND a.program = r.program AND a.account = r.account
  LEFT JOIN LATERAL (
    SELECT * FROM operation k
    WHERE r.key IS NOT NULL AND k.program = r.program AND k.account = r.account AND k.key = r.key
    UNION ALL
    (SELECT * FROM operation k WHERE r.key IS NULL AND k.id = r.id AND k.lane = r.lane LIMIT 1)
  ) o ON o.program = r.program AND o.account = r.account;
END $$;
