-- Makes a key. p_program null: for all programs; p_per_second and p_burst null: without a limit of calls;
-- p_certificate null: for any connection.
-- Fails with program_limit_exceeded if the program has 10000 keys that gateways have in memory, see api_keys_3.
-- Fails with invalid_authorization_specification if the key p_by has ended, which its gateway may not have heard of:
-- whoever revokes a key, and all that it has made, leaves nothing behind.
CREATE OR REPLACE FUNCTION create_key_3(p_id text, p_program text, p_name text, p_kind text, p_scopes text[],
  p_location text, p_per_second int, p_burst int, p_certificate bytea, p_hash bytea, p_expires_at timestamptz,
  p_by text, p_request text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = ${flyway:defaultSchema}, pg_temp
SET lock_timeout = '1s'
AS $$
DECLARE
  made api_key;
BEGIN
  PERFORM pg_advisory_xact_lock(7, 1);
  IF EXISTS (
      SELECT FROM api_key k WHERE k.id = p_by AND least(k.revoked_at, k.expires_at) <= clock_timestamp()) THEN
    RAISE EXCEPTION 'its maker has ended' USING ERRCODE = 'invalid_authorization_specification';
  END IF;
  IF (SELECT count(*) >= 10000 FROM api_key k
      WHERE k.program = p_program
        AND coalesce(least(k.revoked_at, k.expires_at), 'infinity') > clock_timestamp() - interval '1 day') THEN
    RAISE EXCEPTION 'too many keys' USING ERRCODE = 'program_limit_exceeded';
  END IF;
  INSERT INTO api_key (id, program, name, kind, scopes, location, per_second, burst, certificate_sha256, hash,
    created_by, expires_at, changed)
  VALUES (p_id, p_program, p_name, p_kind, p_scopes, p_location, p_per_second, p_burst, p_certificate, p_hash,
    p_by, p_expires_at, nextval('api_key_changes'))
  RETURNING * INTO made;
  PERFORM record_audit(p_by, p_program, 'key.create', p_id, NULL, key_text(made), p_request);
END $$;
