-- A batch that uses one budget needs no query to know what it wants, and none to know that nothing was short.

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
--   o_uses and u_*: what operations use of budgets: as it is stored, and one element per use, in the order of the
--        operations: the operation, the budget, and the units that it takes of it, or gives back (negative). An
--        operation has at most one use of a budget. p_slot: which part of each budget is this sealer's
--   o_back: what an operation by which holds end, or that undoes a payment, gives back to stock: an object of units
--        by budgets; null of other operations
--   c_*  names that are unique in a program, one element per operation that claims one, or was declined because another
--        operation has it (c_by)
--   k_*  redemption codes, one element per operation that makes one; k_until: when it expires, in ms
-- Answers the ids that it inserted, and for each run that was not written completely its number, its culprit (the index
-- of an operation) and the reason:
--   head    the account has another head
--   image   the account is not the one on which the run was decided, or the entries do not lead to the run's result
--   time    the run was decided ahead of Postgres' clock, and of the sandbox's
--   key     the culprit's key was used before
--   target  the operation that the culprit undoes, or on which it rests, is not as it claims
--   claim   another operation has the name that the culprit claims, or it was declined for a name that is free
--   code    the culprit's redemption code was made before
--   budget  the budget `lacks` has not enough for the culprit, in all its parts
--   again   the culprit was not judged: it is to be sent again, with what stands behind it
-- And what is left of each budget of which all parts were looked at.
-- The statements take their values out of the arrays by index (r, o, e), which costs a fraction of unnesting them all.
-- Joins are nested loops, regardless of the planner's estimate of a table's size: its statistics are always outdated.
CREATE OR REPLACE FUNCTION seal_4(
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
  p_slot smallint, o_uses text[], o_back text[], u_op int[], u_budget int[], u_units bigint[],
  c_op int[], c_kind text[], c_name text[], c_by uuid[],
  k_op int[], k_code text[], k_reward text[], k_until bigint[],
  OUT inserted uuid[], OUT refused int[], OUT culprit int[], OUT reason text[], OUT lacks int[],
  OUT left_budget int[], OUT left_units bigint[]
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
  by_claim int[];
  by_code int[];
  -- operations, what each of them lacks, and those that have to be sent again
  by_budget int[];
  lacking int[];
  by_again int[];
  -- the budgets that the batch uses, in the order in which they are locked: what it takes at most, and what it took
  budgets int[];
  wants bigint[];
  spent bigint[];
  -- whether all parts of all of them are locked, because the sealer's own part of one of them is too small; then what
  -- is there of each
  whole boolean;
  lefts bigint[];
  -- runs that use what is not enough for all, in the order in which they were decided; per run its first use
  scarce int[];
  first_use int[];
  before bigint[];
  own bigint;
  taken bigint;
  -- where the own part of each of them was put last, in this session, and what it had then
  place tid;
  places tid[];
  owns bigint[];
  noted text;
  -- whether what the session knows of the own part of the only budget is enough to take from it without a look
  known boolean;
  pool bigint;
  fill bigint;
  u int;
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

    -- What a capture tells is what its hold took: whoever undoes the capture goes by it.
    SELECT by_target || array_agg(i) INTO by_target
    FROM generate_series(1, operations) AS i
    WHERE i >= start[o_run[i]] AND o_type[i] = 'capture' AND o_target[i] IS NOT NULL
      AND tells_capture((
        SELECT h.hold
        FROM jsonb_array_elements(CASE WHEN i > start[o_run[i]] THEN o_image[i - 1] ELSE (
          SELECT x.image FROM operation x WHERE x.id = o_prev[i] AND x.lane = r_lane[o_run[i]]) END::jsonb
            -> 'holds') AS h(hold)
        WHERE h.hold ->> 0 = o_target[i]::text), o_reversible[i], o_told[i]) IS NOT TRUE;
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

  -- What was taken of stock comes back once, with the hold that ends unused or with the whole of the payment. Of a
  -- capture it was taken by its hold.
  IF o_back IS NOT NULL THEN
    SELECT by_target || array_agg(i) INTO by_target
    FROM generate_series(1, operations) AS i
    WHERE i >= start[o_run[i]] AND o_back[i] IS NOT NULL
      AND o_back[i]::jsonb <> (
        SELECT coalesce(jsonb_object_agg(d.budget, d.units), '{}')
        FROM (
          SELECT s.budget, sum(s.units) AS units
          FROM (
            SELECT (h.hold ->> 0)::uuid AS id
            FROM jsonb_array_elements(CASE WHEN i > start[o_run[i]] THEN o_image[i - 1] ELSE (
              SELECT x.image FROM operation x WHERE x.id = o_prev[i] AND x.lane = r_lane[o_run[i]]) END::jsonb
                -> 'holds') AS h(hold)
            WHERE NOT EXISTS (
                SELECT FROM jsonb_array_elements(o_image[i]::jsonb -> 'holds') AS k(hold)
                WHERE k.hold ->> 0 = h.hold ->> 0)
              AND (o_type[i] = 'capture' AND h.hold ->> 0 = o_target[i]::text) IS NOT TRUE
            UNION ALL
            SELECT CASE WHEN x.type = 'capture' THEN x.target ELSE x.id END
            FROM (
              SELECT x.id, x.type, x.target, x.reversible FROM operation x
              WHERE x.id = o_target[i] AND x.lane = r_lane[o_run[i]]
              UNION ALL
              SELECT o_id[j], o_type[j], o_target[j], o_reversible[j]
              FROM array_position(o_id, o_target[i]) AS j
              WHERE j >= start[o_run[i]]) AS x
            WHERE x.type IN ('redeem', 'capture') AND o_reversed_before[i] + o_reversed[i] = x.reversible
              AND (o_reversed[i] > 0 OR x.reversible = 0)) AS t
          CROSS JOIN LATERAL stock_of(coalesce(
            (SELECT x.told FROM operation x WHERE x.id = t.id AND x.lane = r_lane[o_run[i]]),
            o_told[array_position(o_id, t.id)])) AS s
          GROUP BY s.budget) AS d);
  END IF;

  -- A name belongs to the first operation that claims it, until that is voided. Names are locked in the same order
  -- everywhere. What an operation has claimed that is not written after all is given back below.
  IF c_op IS NOT NULL THEN
    INSERT INTO claim AS c (program, kind, name, lane, operation)
    SELECT DISTINCT ON (x.program, x.kind, x.name) x.program, x.kind, x.name, x.lane, x.operation
    FROM (
      SELECT r_program[o_run[c_op[i]]] COLLATE "C" AS program, c_kind[i] COLLATE "C" AS kind,
        c_name[i] COLLATE "C" AS name, r_lane[o_run[c_op[i]]] AS lane, o_id[c_op[i]] AS operation, i
      FROM generate_series(1, cardinality(c_op)) AS i
      WHERE c_by[i] IS NULL AND c_op[i] >= start[o_run[c_op[i]]]) AS x
    ORDER BY x.program, x.kind, x.name, x.i
    ON CONFLICT (program, kind, name) DO UPDATE SET lane = excluded.lane, operation = excluded.operation
    WHERE voided(c.lane, c.operation);

    SELECT array_agg(c_op[i]) INTO by_claim
    FROM generate_series(1, cardinality(c_op)) AS i
    WHERE c_op[i] >= start[o_run[c_op[i]]]
      AND (SELECT CASE WHEN c_by[i] IS NULL THEN c.operation = o_id[c_op[i]]
             ELSE c.operation = c_by[i] AND NOT voided(c.lane, c.operation) END
           FROM claim c
           WHERE c.program = r_program[o_run[c_op[i]]] AND c.kind = c_kind[i] AND c.name = c_name[i]) IS NOT TRUE;
  END IF;

  -- A code that somebody else makes at this moment violates its key below; the next call finds it here.
  IF k_op IS NOT NULL THEN
    SELECT array_agg(k_op[i]) INTO by_code
    FROM generate_series(1, cardinality(k_op)) AS i
    WHERE k_op[i] >= start[o_run[k_op[i]]]
      AND (SELECT 1 FROM code c WHERE c.program = r_program[o_run[k_op[i]]] AND c.code = k_code[i]) IS NOT NULL;
  END IF;

  FOREACH o IN ARRAY coalesce(by_key, '{}') || coalesce(by_target, '{}') || coalesce(by_claim, '{}')
    || coalesce(by_code, '{}')
  LOOP
    upto[o_run[o]] := least(upto[o_run[o]], o - 1);
  END LOOP;

  -- What operations use is taken from the sealer's own part of the budget, which nobody else wants but who has run dry.
  -- If that is too small, or would be empty, all parts of all budgets are locked, in the same order everywhere. So
  -- only what is left of all parts decides, and whoever takes the last unit knows it.
  IF u_op IS NOT NULL THEN
    IF u_budget[1] = ALL (u_budget) AND 0 < ALL (u_units) AND start = r_first AND upto = r_last THEN
      budgets := u_budget[1:1]; -- as nearly always
      own := 0;
      FOREACH taken IN ARRAY u_units LOOP -- a query would cost as much as a hundred turns
        own := own + taken;
      END LOOP;
      wants := ARRAY[own];
    ELSE
      SELECT array_agg(x.budget ORDER BY x.budget), array_agg(x.units ORDER BY x.budget) INTO budgets, wants
      FROM (
        SELECT u_budget[i] AS budget, coalesce(sum(u_units[i]) FILTER (
          WHERE u_units[i] > 0 AND u_op[i] BETWEEN start[o_run[u_op[i]]] AND upto[o_run[u_op[i]]]), 0) AS units
        FROM generate_series(1, cardinality(u_op)) AS i
        GROUP BY 1) AS x;
    END IF;
    -- The own part is looked up by its place: as long as somebody keeps an old snapshot (pg_dump), an index leads
    -- through all versions that the row has had since. If somebody else has changed it, it is not there any more.
    -- An update that has waited for its row keeps it locked, even if it then finds too little. Whoever locked all parts
    -- then would hold that one out of order, and two of them could wait for each other. So nobody locks all parts who
    -- has tried to update one: he is judged again, with a look first. Of several budgets, none is updated before all
    -- are known to have enough.
    whole := false;
    FOR b IN 1 .. cardinality(budgets) LOOP
      noted := current_setting('stampede.part_' || budgets[b] || '_' || p_slot, true);
      place := nullif(split_part(noted, ' ', 1), '');
      own := nullif(split_part(noted, ' ', 2), '');
      known := cardinality(budgets) = 1 AND coalesce(own > wants[b], false);
      IF NOT known THEN
        SELECT a.units INTO own FROM allotment a WHERE a.ctid = place AND a.budget = budgets[b] AND a.slot = p_slot;
        IF NOT FOUND THEN
          SELECT a.units, a.ctid INTO own, place FROM allotment a WHERE a.budget = budgets[b] AND a.slot = p_slot;
        END IF;
        whole := whole OR own IS NULL OR own <= wants[b] AND wants[b] > 0;
      END IF;
      places[b] := place;
    END LOOP;

    IF NOT whole THEN
      FOR b IN 1 .. cardinality(budgets) LOOP
        UPDATE allotment a SET units = a.units - wants[b]
        WHERE a.ctid = places[b] AND a.budget = budgets[b] AND a.slot = p_slot
          AND (a.units > wants[b] OR wants[b] = 0)
        RETURNING a.ctid, a.units INTO place, own;
        IF NOT FOUND THEN -- it was moved
          UPDATE allotment a SET units = a.units - wants[b]
          WHERE a.budget = budgets[b] AND a.slot = p_slot AND (a.units > wants[b] OR wants[b] = 0)
          RETURNING a.ctid, a.units INTO place, own;
        END IF;
        IF NOT FOUND THEN -- somebody has taken it since
          wants[b] := 0;
          SELECT by_again || array_agg(u_op[i]) INTO by_again
          FROM generate_series(1, cardinality(u_op)) AS i
          WHERE u_budget[i] = budgets[b];
        END IF;
        places[b] := place;
        owns[b] := own;
      END LOOP;
      FOREACH o IN ARRAY coalesce(by_again, '{}') LOOP
        upto[o_run[o]] := least(upto[o_run[o]], o - 1);
      END LOOP;
    ELSE
      FOR b IN 1 .. cardinality(budgets) LOOP
        SELECT lefts || coalesce(sum(x.units), 0)::bigint INTO lefts
        FROM (SELECT a.units FROM allotment a WHERE a.budget = budgets[b] ORDER BY a.slot FOR UPDATE) AS x;
      END LOOP;
      SELECT array_agg(x.n ORDER BY o_at[start[x.n]], x.n) INTO scarce
      FROM (
        SELECT DISTINCT o_run[u_op[i]] AS n
        FROM generate_series(1, cardinality(u_op)) AS i
        WHERE u_op[i] BETWEEN start[o_run[u_op[i]]] AND upto[o_run[u_op[i]]]
          AND lefts[array_position(budgets, u_budget[i])] < wants[array_position(budgets, u_budget[i])]) AS x;
    END IF;

    -- First come, first served. A run is cut before the first operation for which there is not enough.
    IF scarce IS NOT NULL THEN
      FOR i IN REVERSE cardinality(u_op) .. 1 LOOP
        first_use[o_run[u_op[i]]] := i;
      END LOOP;
      FOREACH o IN ARRAY scarce LOOP
        before := lefts;
        u := first_use[o];
        WHILE o_run[u_op[u]] = o AND u_op[u] <= upto[o] LOOP
          IF u_op[u] >= start[o] THEN
            lefts[array_position(budgets, u_budget[u])] := lefts[array_position(budgets, u_budget[u])] - u_units[u];
            IF lefts[array_position(budgets, u_budget[u])] < 0 THEN
              by_budget := by_budget || u_op[u];
              lacking := lacking || u_budget[u];
              upto[o] := u_op[u] - 1;
              LOOP -- nothing of this operation is taken
                lefts[array_position(budgets, u_budget[u])] := lefts[array_position(budgets, u_budget[u])] + u_units[u];
                u := u - 1;
                EXIT WHEN u = 0 OR u_op[u] IS DISTINCT FROM upto[o] + 1;
              END LOOP;
              EXIT;
            END IF;
          END IF;
          u := u + 1;
        END LOOP;
        FOR b IN 1 .. cardinality(budgets) LOOP -- what a run gives back is only there when it is written
          lefts[b] := least(lefts[b], before[b]);
        END LOOP;
      END LOOP;
    END IF;
  END IF;

  -- The arrays of a run that is cut before its culprit are adapted. The statements below need not know of it: culprits
  -- are rare, and each further expression would slow down every batch.
  IF upto <> r_last THEN
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

  IF u_op IS NOT NULL THEN
    -- A run that was refused for another reason has not used its units: whoever found too little is judged again.
    IF by_budget IS NOT NULL THEN
      IF EXISTS (SELECT FROM unnest(scarce) AS n WHERE upto[n] >= start[n] AND (n = ANY (accepted)) IS NOT TRUE) THEN
        by_again := by_budget;
        by_budget := NULL;
      END IF;
    END IF;
    IF start = r_first AND upto = r_last AND cardinality(accepted) = runs AND 0 < ALL (u_units) THEN
      spent := wants; -- as nearly always
    ELSE
      SELECT array_agg(x.units ORDER BY x.budget) INTO spent
      FROM (
        SELECT u_budget[i] AS budget, coalesce(sum(u_units[i]) FILTER (WHERE o_run[u_op[i]] = ANY (accepted)
          AND u_op[i] BETWEEN start[o_run[u_op[i]]] AND upto[o_run[u_op[i]]]), 0) AS units
        FROM generate_series(1, cardinality(u_op)) AS i
        GROUP BY 1) AS x;
    END IF;
    FOR b IN 1 .. cardinality(budgets) LOOP
      IF NOT whole THEN
        IF spent[b] <> wants[b] THEN -- some were not written, or have given back
          UPDATE allotment a SET units = a.units + wants[b] - spent[b]
          WHERE a.budget = budgets[b] AND a.slot = p_slot
          RETURNING a.ctid, a.units INTO place, own;
          places[b] := place;
          owns[b] := own;
        END IF;
        noted := set_config('stampede.part_' || budgets[b] || '_' || p_slot,
          coalesce(places[b]::text || ' ' || owns[b], ''), false);
        CONTINUE;
      END IF;
      noted := set_config('stampede.part_' || budgets[b] || '_' || p_slot, '', false);
      SELECT sum(a.units) - spent[b], max(a.units) FILTER (WHERE a.slot = p_slot) - spent[b],
        max(a.units) FILTER (WHERE a.slot = 0)
      INTO fill, own, pool
      FROM allotment a WHERE a.budget = budgets[b];
      IF own IS NULL OR pool IS NULL THEN
        IF spent[b] <> 0 THEN
          RAISE EXCEPTION 'budget % has no part %', budgets[b], p_slot USING ERRCODE = 'data_exception';
        END IF;
        left_budget := left_budget || budgets[b];
        left_units := left_units || 0::bigint;
        CONTINUE;
      END IF;
      left_budget := left_budget || budgets[b];
      left_units := left_units || fill;
      IF spent[b] > 0 THEN
        PERFORM tell_thresholds(budgets[b], fill);
      END IF;
      -- The own part gets as much as a sixteenth of all that is left, for the next batches: of nobody's part, then of
      -- the others', the largest first.
      fill := greatest(fill / 16 - own, 0);
      CONTINUE WHEN fill = 0 AND spent[b] = 0;
      UPDATE allotment a SET units = own + fill WHERE a.budget = budgets[b] AND a.slot = p_slot;
      UPDATE allotment a SET units = a.units - least(fill, pool)
      WHERE a.budget = budgets[b] AND a.slot = 0 AND fill > 0 AND pool > 0;
      IF fill > pool THEN
        UPDATE allotment a SET units = a.units - least(p.units, fill - pool - p.before)
        FROM (
          SELECT x.slot, x.units, sum(x.units) OVER (ORDER BY x.units DESC, x.slot) - x.units AS before
          FROM allotment x WHERE x.budget = budgets[b] AND x.slot NOT IN (0, p_slot)) AS p
        WHERE a.budget = budgets[b] AND a.slot = p.slot AND p.units > 0 AND p.before < fill - pool;
      END IF;
    END LOOP;
  END IF;

  INSERT INTO operation (lane, program, account, version, id, type, outcome, key, fingerprint, reference, points,
    reversible, target, reversed_before, reversed, step, voids, created_at, matures, program_version, parts, told,
    detail, hold, image, format, uses)
  SELECT r_lane[n], r_program[n], r_account[n], o_version[i], o_id[i], o_type[i], o_outcome[i], o_key[i],
    o_fingerprint[i], o_reference[i], o_points[i], o_reversible[i], o_target[i], o_reversed_before[i], o_reversed[i],
    o_step[i], o_voids[i], to_timestamp(o_at[i]::float8 / 1000), o_matures[i], o_program_version[i], o_parts[i],
    o_told[i], o_detail[i], o_hold[i], o_image[i], o_format[i], o_uses[i]
  FROM (SELECT n, generate_series(start[n], upto[n]) FROM unnest(accepted) AS n) AS run(n, i);

  INSERT INTO entry (lane, program, account, version, operation, n, type, available, held, pending, debt,
    available_after, held_after, pending_after, debt_after, lots)
  SELECT r_lane[n], r_program[n], r_account[n], o_version[e_op[i]], o_id[e_op[i]], e_n[i], e_type[i],
    e_available[i], e_held[i], e_pending[i], e_debt[i],
    e_available_after[i], e_held_after[i], e_pending_after[i], e_debt_after[i], e_lots[i]
  FROM (SELECT n, generate_series(o_entry[start[n]], r_last_entry[n]) FROM unnest(accepted) AS n) AS run(n, i);

  IF k_op IS NOT NULL THEN
    INSERT INTO code (program, code, lane, account, operation, reward, expires_at)
    SELECT r_program[k.n], k_code[k.i], r_lane[k.n], r_account[k.n], o_id[k_op[k.i]], k_reward[k.i],
      to_timestamp(k_until[k.i]::float8 / 1000)
    FROM (SELECT i, o_run[k_op[i]] AS n FROM generate_series(1, cardinality(k_op)) AS i) AS k
    WHERE k.n = ANY (accepted) AND k_op[k.i] BETWEEN start[k.n] AND upto[k.n];
  END IF;

  IF start = r_first AND upto = r_last AND cardinality(accepted) = runs THEN
    inserted := o_id; -- everything
    RETURN;
  END IF;
  SELECT coalesce(array_agg(o_id[i]), '{}') INTO inserted
  FROM (SELECT generate_series(start[n], upto[n]) FROM unnest(accepted) AS n) AS run(i);

  IF c_op IS NOT NULL THEN
    DELETE FROM claim c
    USING (SELECT i, o_run[c_op[i]] AS n FROM generate_series(1, cardinality(c_op)) AS i) AS k
    WHERE c.program = r_program[k.n] AND c.kind = c_kind[k.i] AND c.name = c_name[k.i] AND c.operation = o_id[c_op[k.i]]
      AND c_op[k.i] >= start[k.n] AND (k.n = ANY (accepted) AND c_op[k.i] <= upto[k.n]) IS NOT TRUE;
  END IF;

  -- Those that were not written whole, and why.
  SELECT array_agg(n), array_agg(CASE WHEN n = ANY (accepted) OR upto[n] < start[n] THEN upto[n] + 1
      ELSE coalesce(start[n], r_first[n]) END),
    array_agg(CASE
      WHEN start[n] IS NULL THEN 'head'
      WHEN NOT coalesce(n = ANY (accepted), false) AND upto[n] >= start[n] THEN
        CASE WHEN r_decided_at[n] > latest THEN 'time' ELSE 'image' END
      WHEN upto[n] + 1 = ANY (by_key) THEN 'key'
      WHEN upto[n] + 1 = ANY (by_claim) THEN 'claim'
      WHEN upto[n] + 1 = ANY (by_code) THEN 'code'
      WHEN upto[n] + 1 = ANY (by_again) THEN 'again'
      WHEN upto[n] + 1 = ANY (by_budget) THEN 'budget'
      ELSE 'target'
    END),
    CASE WHEN by_budget IS NOT NULL THEN array_agg(lacking[array_position(by_budget, upto[n] + 1)]) END
  INTO refused, culprit, reason, lacks
  FROM generate_series(1, runs) AS n
  WHERE upto[n] < r_last[n] OR (n = ANY (accepted)) IS NOT TRUE;
END $$;
