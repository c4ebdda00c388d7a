-- Uses a redemption code up, if it is valid, and answers it as it is then; used_now: whether this call has used it.
-- Under the lock of the account: what undoes the payment comes before or after it.
CREATE OR REPLACE FUNCTION use_code(p_program text, p_code text, p_key text, p_fingerprint text, p_reference text,
  p_store text)
RETURNS TABLE (state text, account text, operation uuid, reward text, created_at timestamptz, expires_at timestamptz,
  used_at timestamptz, used_key call_key, used_fingerprint text, used_reference text, used_store text, used_now boolean)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = ${flyway:defaultSchema}, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET jit = off
SET lock_timeout = '2s'
AS $$
BEGIN
  PERFORM 1
  FROM code c JOIN account a ON a.lane = c.lane AND a.program = c.program AND a.account = c.account
  WHERE c.program = p_program AND c.code = p_code
  FOR UPDATE OF a;

  -- a new statement sees what was committed while we waited
  UPDATE code c
  SET used_at = to_timestamp(coalesce((SELECT k.now_ms FROM program_clock k WHERE k.program = p_program), now_ms())
      ::float8 / 1000),
    used_key = p_key, used_fingerprint = p_fingerprint, used_reference = p_reference, used_store = p_store
  WHERE c.program = p_program AND c.code = p_code
    AND (SELECT f.state FROM find_code(p_program, p_code) AS f) = 'valid';
  used_now := FOUND;
  RETURN QUERY SELECT f.*, used_now FROM find_code(p_program, p_code) AS f;
END $$;
