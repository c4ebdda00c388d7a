-- A redemption code whose reward was paid for: by a redeem, or by the capture of a hold; no row if there is none. Its
-- states:
--   valid      it can be used
--   used       it was; it stays so, whatever becomes of the payment
--   cancelled  the payment was undone as a whole
--   expired    its days are over, by the program's time
CREATE OR REPLACE FUNCTION find_code(p_program text, p_code text)
RETURNS TABLE (state text, account text, operation uuid, reward text, created_at timestamptz, expires_at timestamptz,
  used_at timestamptz, used_key call_key, used_fingerprint text, used_reference text, used_store text)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = ${flyway:defaultSchema}, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET jit = off
AS $$
BEGIN
  RETURN QUERY
  SELECT CASE WHEN c.used_at IS NOT NULL THEN 'used'
      WHEN (SELECT count(*) > 0 AND sum(u.reversed) >= p.reversible
            FROM operation u WHERE u.lane = p.lane AND u.target = p.id) THEN 'cancelled'
      WHEN c.expires_at <= to_timestamp(coalesce((SELECT k.now_ms FROM program_clock k WHERE k.program = p_program),
        now_ms())::float8 / 1000) THEN 'expired'
      ELSE 'valid' END,
    c.account, p.id, c.reward, p.created_at, c.expires_at,
    c.used_at, c.used_key, c.used_fingerprint, c.used_reference, c.used_store
  FROM code c
  JOIN operation o ON o.id = c.operation AND o.lane = c.lane
  JOIN LATERAL (
    SELECT o.lane, o.id, o.reversible, o.created_at WHERE o.type = 'redeem'
    UNION ALL
    SELECT u.lane, u.id, u.reversible, u.created_at FROM operation u
    WHERE o.type = 'hold' AND u.lane = o.lane AND u.target = o.id AND u.type = 'capture'
  ) p ON true
  WHERE c.program = p_program AND c.code = p_code;
END $$;
