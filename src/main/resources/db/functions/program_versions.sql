-- The versions that can be in force now, later, or at a time in the last p_back_ms ms, by the clock of their program;
-- clock_ms is null where that is Postgres' own. It waits for publications that are being committed, and reads after
-- that, in a statement of its own. The message makes the answer wait for the synchronous standby: a primary that was
-- left behind does not hear of new versions, and must not say so.
CREATE OR REPLACE FUNCTION program_versions(p_back_ms bigint)
RETURNS TABLE (program text, version int, effective_from bigint, corrects int, published_at bigint, now_ms bigint,
  clock_ms bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = ${flyway:defaultSchema}, pg_temp
SET lock_timeout = '1500ms'
AS $$
DECLARE
  present bigint;
BEGIN
  PERFORM pg_advisory_xact_lock_shared(6, 1);
  PERFORM pg_logical_emit_message(true, 'stampede', '');
  present := now_ms();
  RETURN QUERY
  SELECT v.program, v.version, floor(extract(epoch FROM v.effective_from) * 1000)::bigint, v.corrects,
    (extract(epoch FROM v.published_at) * 1000000)::bigint, present, c.now_ms
  FROM program_version v
  LEFT JOIN program_clock c ON c.program = v.program
  WHERE v.version >= (
    SELECT coalesce(max(b.version), 0) FROM program_version b
    WHERE b.program = v.program
      AND b.effective_from
        <= timestamptz '1970-01-01 00:00:00+00' + (coalesce(c.now_ms, present) - p_back_ms) * interval '1 ms');
END $$;
