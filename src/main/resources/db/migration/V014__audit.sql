-- The audit also has what is administered beside keys: versions of programs, clocks of sandboxes, and operations by
-- which accounts are frozen, unfrozen and closed, points adjusted and tiers granted.

CREATE INDEX audit_program ON audit (program, n);

-- Publishes the next version of a program. A real program's takes effect at least five seconds later; a sandbox's at
-- its effectiveFrom by the sandbox's clock, which begins with its first version. Answers in `outcome`:
--   ok                as version at_version, which takes effect at takes_effect
--   version_conflict  the newest version is at_version, and not p_based_on
--   sandbox           the program is a sandbox, and the document's is not
--   no_sandbox        the document's is a sandbox, and the program is not
--   too_early         it could take effect at takes_effect, not before
--   no_such_version   there is no version p_corrects
--   budget_too_small  `budget` has used more (`used`) than the document has of it
-- The document's budgets are made with it, and have its totals at once.
-- Whatever it answers but ok, it has done nothing; a later release may have more of such answers. The audit has the
-- document's SHA-256.
-- Publications wait for each other, and for whoever reads the list (program_versions); why: dev.stampede.program.
-- ProgramBook. The wait is short, because whoever comes after a publication that waits, waits for it.
CREATE FUNCTION publish_program_4(p_program text, p_document text, p_based_on int,
  p_effective_from timestamptz, p_corrects int, p_reason text, p_by text, p_request text)
RETURNS TABLE (outcome text, at_version int, takes_effect timestamptz, budget text, used bigint)
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
  SELECT m.name, m.used INTO budget, used FROM make_budgets(p_program, p_document::json) AS m;
  IF budget IS NOT NULL THEN
    outcome := 'budget_too_small';
    RETURN NEXT;
    RETURN;
  END IF;
  IF at_version = 0 AND begins IS NOT NULL THEN
    INSERT INTO program_clock VALUES (p_program, clock);
  END IF;
  at_version := at_version + 1;
  INSERT INTO program_version
  VALUES (p_program, at_version, p_document, takes_effect, p_corrects, p_reason, clock_timestamp(), p_by);
  PERFORM record_audit(coalesce(p_by, 'unknown'), p_program, 'program.publish', at_version::text, NULL,
    json_build_object('takesEffect', takes_effect, 'corrects', p_corrects, 'reason', p_reason,
      'sha256', encode(sha256(convert_to(p_document, 'UTF8')), 'hex'))::text, p_request);
  RETURN NEXT;
END $$;

-- Moves the clock of a sandbox forwards. Answers in `outcome`:
--   ok                 it stands at clock_ms
--   clock_goes_back    it stands at clock_ms, after p_now_ms
--   not_a_sandbox      the program goes by real time
--   program_not_found  there is no version of it
CREATE FUNCTION set_program_clock_2(p_program text, p_now_ms bigint, p_by text, p_request text)
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
    IF p_now_ms > clock_ms THEN
      UPDATE program_clock SET now_ms = p_now_ms WHERE program = p_program;
      PERFORM record_audit(coalesce(p_by, 'unknown'), p_program, 'program.clock', p_program,
        json_build_object('now', to_timestamp(clock_ms / 1000.0))::text,
        json_build_object('now', to_timestamp(p_now_ms / 1000.0))::text, p_request);
    END IF;
    outcome := 'ok';
    clock_ms := p_now_ms;
  END IF;
  RETURN NEXT;
END $$;

-- For the release whose newest migration is V009: it does not say who asks.
CREATE OR REPLACE FUNCTION publish_program_3(p_program text, p_document text, p_based_on int,
  p_effective_from timestamptz, p_corrects int, p_reason text, p_by text)
RETURNS TABLE (outcome text, at_version int, takes_effect timestamptz, budget text, used bigint)
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = ${flyway:defaultSchema}, pg_temp
AS $$
  SELECT * FROM publish_program_4(p_program, p_document, p_based_on, p_effective_from, p_corrects, p_reason, p_by, NULL)
$$;

CREATE OR REPLACE FUNCTION set_program_clock(p_program text, p_now_ms bigint)
RETURNS TABLE (outcome text, clock_ms bigint)
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = ${flyway:defaultSchema}, pg_temp
AS $$
  SELECT * FROM set_program_clock_2(p_program, p_now_ms, NULL, NULL)
$$;

-- Adds an operation of administration to the audit. It runs at the commit, for each row that operation_audit selects:
-- everything else is locked before, and the audit is locked for no longer than the commit takes.
CREATE FUNCTION audit_operation() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = ${flyway:defaultSchema}, pg_temp
AS $$
BEGIN
  PERFORM record_audit(coalesce(new.detail::json -> 'by' ->> 'id', 'unknown'), new.program,
    CASE new.type WHEN 'adjust' THEN 'points.adjust' WHEN 'grant' THEN 'tier.grant' ELSE 'account.' || new.type END,
    new.account, NULL,
    json_build_object('operation', new.id, 'points', new.points, 'detail', new.detail::json)::text, NULL);
  RETURN NULL;
END $$;

-- seal() need not know of it, and a batch without such operations does not lock the audit: all that it costs a row is
-- the condition.
CREATE CONSTRAINT TRIGGER operation_audit AFTER INSERT ON operation
DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW
WHEN (new.type IN ('adjust', 'grant', 'freeze', 'unfreeze', 'close') AND new.outcome = 'ok')
EXECUTE FUNCTION audit_operation();

REVOKE EXECUTE ON FUNCTION publish_program_4, set_program_clock_2, audit_operation FROM PUBLIC;
GRANT EXECUTE ON FUNCTION publish_program_4, set_program_clock_2 TO stampede_gateway;
