-- The indexes of those questions whose key was used. A hint before Redis is asked, which may have forgotten the key: it
-- takes no lock, and decides nothing.
CREATE OR REPLACE FUNCTION keys_used_2(p_program text[], p_account text[], p_key text[]) RETURNS int[]
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = ${flyway:defaultSchema}, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET jit = off
AS $$
BEGIN
  RETURN (SELECT coalesce(array_agg(i), '{}')
    FROM generate_subscripts(p_key, 1) AS i
    WHERE (SELECT 1 FROM operation x
           WHERE x.key = p_key[i] AND x.account = p_account[i] AND x.program = p_program[i] LIMIT 1) IS NOT NULL);
END $$;
