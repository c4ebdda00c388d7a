-- The newest sealed images, for loading into Redis; `keys` are the newest keys, as JSON rows of key, version, id; none
-- if p_keys_since is null. Accounts without an operation are left out. The LIMITs keep the planner from reading an
-- account's whole history.
CREATE OR REPLACE FUNCTION load_2(p_lane smallint[], p_program text[], p_account text[], p_keys_since timestamptz)
RETURNS TABLE (asked int, version version, head uuid, format smallint, image text, attributes text, keys text)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = ${flyway:defaultSchema}, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET jit = off
AS $$
BEGIN
  RETURN QUERY
  SELECT r.n::int, a.version, a.head, o.format, o.image, a.attributes,
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
    SELECT x.format, x.image, x.created_at FROM operation x
    WHERE x.lane = a.lane AND x.program = a.program AND x.account = a.account AND x.version = a.version LIMIT 1
  ) o;
END $$;
