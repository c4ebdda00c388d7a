-- Finds operations by id or key, one row per question, with the account's head; no row if the account has none. First
-- takes the row lock: the answer then includes everything being committed, and waits for a synchronous standby like a
-- commit. `asked` is the 1-based index of the question; `steps` is how many operations have undone the one that was
-- found, also 0 points of it; `ended_by` is the type of the one that ended a hold; `left_parts` is what the newest of
-- them has left of its `parts`. Rows of format 1 have `matures` in `detail`.
CREATE OR REPLACE FUNCTION find_3(p_lane smallint[], p_program text[], p_account text[], p_id uuid[], p_key text[])
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
