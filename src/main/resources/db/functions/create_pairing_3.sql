-- Opens a pairing for ten minutes: a till that sends the code claims a key with it. No expiry in the answer if a
-- thousand are open, or two hundred of the program; the bound of failures is made for a thousand. Those that have
-- expired go.
CREATE OR REPLACE FUNCTION create_pairing_3(p_program text, p_name text, p_scopes text[], p_location text, p_hash bytea,
  p_per_second int, p_burst int, p_certificate bytea, p_by text, p_request text)
RETURNS TABLE (id uuid, expires_at timestamptz)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = ${flyway:defaultSchema}, pg_temp
SET lock_timeout = '1s'
AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(7, 3);
  DELETE FROM pairing p WHERE p.expires_at <= clock_timestamp();
  id := gen_random_uuid();
  IF (SELECT count(*) < 1000 AND count(*) FILTER (WHERE p.program = p_program) < 200 FROM pairing p) THEN
    expires_at := clock_timestamp() + interval '10 minutes';
    INSERT INTO pairing VALUES (id, p_program, p_name, p_scopes, p_location, p_hash, p_by, expires_at, p_per_second,
      p_burst, p_certificate);
    PERFORM record_audit(p_by, p_program, 'pairing.create', id::text, NULL, json_build_object('name', p_name,
      'scopes', p_scopes, 'location', p_location, 'perSecond', p_per_second, 'burst', p_burst,
      'certificateSha256', encode(p_certificate, 'hex'), 'expiresAt', expires_at)::text, p_request);
  END IF;
  RETURN NEXT;
END $$;
