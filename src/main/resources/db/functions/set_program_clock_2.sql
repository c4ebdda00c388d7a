-- Moves the clock of a sandbox forwards. Answers in `outcome`:
--   ok                 it stands at clock_ms
--   clock_goes_back    it stands at clock_ms, after p_now_ms
--   not_a_sandbox      the program goes by real time
--   program_not_found  there is no version of it
CREATE OR REPLACE FUNCTION set_program_clock_2(p_program text, p_now_ms bigint, p_by text, p_request text)
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
