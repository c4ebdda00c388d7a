-- Adds a row to the audit, in the transaction of the change that it records. The id is a UUID of version 7.
CREATE OR REPLACE FUNCTION record_audit(p_principal text, p_program text, p_action text, p_target text, p_before text,
  p_after text, p_request text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = ${flyway:defaultSchema}, pg_temp
AS $$
DECLARE
  newest audit;
  random text := replace(gen_random_uuid()::text, '-', '');
BEGIN
  PERFORM pg_advisory_xact_lock(7, 2);
  SELECT * INTO newest FROM audit a ORDER BY a.n DESC LIMIT 1;
  INSERT INTO audit (n, id, at, principal, program, action, target, before, after, request_id, prev_hash)
  VALUES (coalesce(newest.n, 0) + 1,
    (lpad(to_hex(now_ms()), 12, '0') || '7' || substr(random, 14, 3) || substr(random, 17))::uuid,
    clock_timestamp(), p_principal, p_program, p_action, p_target, p_before, p_after, p_request,
    CASE WHEN newest.n IS NULL THEN sha256('') ELSE audit_hash(newest) END);
END $$;
