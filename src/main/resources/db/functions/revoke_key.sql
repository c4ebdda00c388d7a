-- Ends a key. Answers ok, also if it has ended already, or:
--   key_not_found  there is no such key
--   last_key       no other key could make keys
CREATE OR REPLACE FUNCTION revoke_key(p_program text, p_all boolean, p_id text, p_by text, p_request text) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = ${flyway:defaultSchema}, pg_temp
SET lock_timeout = '1s'
AS $$
DECLARE
  present timestamptz;
  was api_key;
  made api_key;
BEGIN
  PERFORM pg_advisory_xact_lock(7, 1);
  present := clock_timestamp();
  SELECT * INTO was FROM api_key k WHERE k.id = p_id AND (k.program = p_program OR p_all AND k.program IS NULL);
  IF was.id IS NULL THEN
    RETURN 'key_not_found';
  ELSIF was.revoked_at IS NOT NULL THEN
    RETURN 'ok';
  ELSIF 'keys' = ANY (was.scopes) AND coalesce(was.expires_at > present, true) AND NOT EXISTS (
      SELECT FROM api_key k
      WHERE k.id <> p_id AND 'keys' = ANY (k.scopes) AND k.revoked_at IS NULL
        AND coalesce(k.expires_at > present, true)) THEN
    RETURN 'last_key';
  END IF;
  UPDATE api_key k
  SET revoked_at = present, previous_hash = NULL, previous_until = NULL, changed = nextval('api_key_changes')
  WHERE k.id = p_id
  RETURNING * INTO made;
  PERFORM record_audit(p_by, was.program, 'key.revoke', p_id, key_text(was), key_text(made), p_request);
  RETURN 'ok';
END $$;
