-- Which operations have names that are unique in a program, for questions of program, kind and name: one row for each
-- that is taken. A hint: it takes no lock, and seal_4 judges it again.
CREATE OR REPLACE FUNCTION claimed(p_program text[], p_kind text[], p_name text[])
RETURNS TABLE (asked int, operation uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = ${flyway:defaultSchema}, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET jit = off
AS $$
BEGIN
  RETURN QUERY
  SELECT r.n::int, c.operation
  FROM unnest(p_program, p_kind, p_name) WITH ORDINALITY AS r(program, kind, name, n)
  JOIN claim c ON c.program = r.program AND c.kind = r.kind AND c.name = r.name
  WHERE NOT voided(c.lane, c.operation);
END $$;
