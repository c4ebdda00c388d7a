-- A sandbox is a program whose time is its own and stands still until it is moved. Each has a row here, from its first
-- version on; only publish_program_2 and set_program_clock write them.
CREATE TABLE program_clock (
  program text COLLATE "C" PRIMARY KEY,
  now_ms bigint NOT NULL
);
GRANT SELECT ON program_clock TO stampede_gateway;

-- Publishes the next version of a program. A real program's takes effect at least five seconds later; a sandbox's at its
-- effectiveFrom by the sandbox's clock, which begins with its first version. Answers in `outcome`:
--   ok                as version at_version, which takes effect at takes_effect
--   version_conflict  the newest version is at_version, and not p_based_on
--   sandbox           the program is a sandbox, and the document's is not
--   no_sandbox        the document's is a sandbox, and the program is not
--   too_early         it could take effect at takes_effect, not before
--   no_such_version   there is no version p_corrects
-- Whatever it answers but ok, it has done nothing; a later release may have more of such answers.
-- Publications wait for each other, and for whoever reads the list (program_versions); why: dev.stampede.program.
-- ProgramBook. The wait is short, because whoever comes after a publication that waits, waits for it.
CREATE FUNCTION publish_program_2(p_program text, p_document text, p_based_on int,
  p_effective_from timestamptz, p_corrects int, p_reason text, p_by text)
RETURNS TABLE (outcome text, at_version int, takes_effect timestamptz)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = ${flyway:defaultSchema}, pg_temp
SET lock_timeout = '1s'
AS $$
DECLARE
  begins text := p_document::json -> 'sandbox' ->> 'now';
  clock bigint;
  earliest timestamptz;
BEGIN
  PERFORM pg_advisory_xact_lock(6, 1);
  outcome := 'ok';
  SELECT coalesce(max(v.version), 0) INTO at_version FROM program_version v WHERE v.program = p_program;
  IF p_based_on IS DISTINCT FROM at_version THEN
    outcome := 'version_conflict';
    RETURN NEXT;
    RETURN;
  END IF;
  SELECT c.now_ms INTO clock FROM program_clock c WHERE c.program = p_program;
  IF at_version > 0 AND (begins IS NULL) <> (clock IS NULL) THEN
    outcome := CASE WHEN clock IS NULL THEN 'no_sandbox' ELSE 'sandbox' END;
    RETURN NEXT;
    RETURN;
  END IF;
  IF p_corrects IS NOT NULL AND p_corrects NOT BETWEEN 1 AND at_version THEN
    outcome := 'no_such_version';
    RETURN NEXT;
    RETURN;
  END IF;
  IF at_version = 0 AND begins IS NOT NULL THEN
    clock := CASE WHEN begins = 'now' THEN now_ms() ELSE (extract(epoch FROM begins::timestamptz) * 1000)::bigint END;
  END IF;
  earliest := timestamptz '1970-01-01 00:00:00+00' + coalesce(clock, now_ms() + 5000) * interval '1 ms';
  takes_effect := coalesce(p_effective_from, earliest);
  IF takes_effect < earliest THEN
    outcome := 'too_early';
    takes_effect := earliest;
    RETURN NEXT;
    RETURN;
  END IF;
  IF at_version = 0 AND begins IS NOT NULL THEN
    INSERT INTO program_clock VALUES (p_program, clock);
  END IF;
  at_version := at_version + 1;
  INSERT INTO program_version
  VALUES (p_program, at_version, p_document, takes_effect, p_corrects, p_reason, clock_timestamp(), p_by);
  RETURN NEXT;
END $$;

-- What the release before calls. It knows nothing of sandboxes: an error tells it that nothing was done.
CREATE OR REPLACE FUNCTION publish_program(p_program text, p_document text, p_based_on int, p_effective_from timestamptz,
  p_corrects int, p_reason text, p_by text)
RETURNS TABLE (outcome text, at_version int, takes_effect timestamptz)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = ${flyway:defaultSchema}, pg_temp
AS $$
BEGIN
  RETURN QUERY SELECT * FROM publish_program_2(p_program, p_document, p_based_on, p_effective_from, p_corrects, p_reason,
    p_by);
  IF EXISTS (SELECT FROM program_clock c WHERE c.program = p_program) THEN
    RAISE EXCEPTION 'program % is a sandbox: only a gateway of the next release can publish it', p_program;
  END IF;
END $$;

-- It answers a column more.
DROP FUNCTION program_versions;

-- The versions that can be in force now, later, or at a time in the last p_back_ms ms, by the clock of their program;
-- clock_ms is null where that is Postgres' own. It waits for publications that are being committed, and reads after
-- that, in a statement of its own. The message makes the answer wait for the synchronous standby: a primary that was
-- left behind does not hear of new versions, and must not say so.
CREATE FUNCTION program_versions(p_back_ms bigint)
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

-- Moves the clock of a sandbox forwards. Answers in `outcome`:
--   ok                 it stands at clock_ms
--   clock_goes_back    it stands at clock_ms, after p_now_ms
--   not_a_sandbox      the program goes by real time
--   program_not_found  there is no version of it
CREATE FUNCTION set_program_clock(p_program text, p_now_ms bigint)
RETURNS TABLE (outcome text, clock_ms bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = ${flyway:defaultSchema}, pg_temp
SET lock_timeout = '1s'
AS $$
BEGIN
  SELECT c.now_ms INTO clock_ms FROM program_clock c WHERE c.program = p_program FOR UPDATE;
  IF clock_ms IS NULL THEN
    outcome := CASE WHEN EXISTS (SELECT FROM program_version v WHERE v.program = p_program)
      THEN 'not_a_sandbox' ELSE 'program_not_found' END;
  ELSIF p_now_ms < clock_ms THEN
    outcome := 'clock_goes_back';
  ELSE
    UPDATE program_clock SET now_ms = p_now_ms WHERE program = p_program;
    outcome := 'ok';
    clock_ms := p_now_ms;
  END IF;
  RETURN NEXT;
END $$;

REVOKE EXECUTE ON FUNCTION publish_program_2, program_versions, set_program_clock FROM PUBLIC;
GRANT EXECUTE ON FUNCTION publish_program_2, program_versions, set_program_clock TO stampede_gateway;
