-- Ends the secret before the present one, and the key's open pairings, which may have been made with it. Answers ok,
-- also if there is none any more, or key_not_found.
CREATE OR REPLACE FUNCTION drop_previous_key(p_program text, p_all boolean, p_id text, p_by text, p_request text)
RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = ${flyway:defaultSchema}, pg_temp
SET lock_timeout = '1s'
AS $$
DECLARE
  was api_key;
  made api_key;
BEGIN
  PERFORM pg_advisory_xact_lock(7, 1);
  SELECT * INTO was FROM api_key k WHERE k.id = p_id AND (k.program = p_program OR p_all AND k.program IS NULL);
  IF was.id IS NULL THEN
    RETURN 'key_not_found';
  ELSIF was.previous_hash IS NOT NULL THEN
    UPDATE api_key k
    SET previous_hash = NULL, previous_until = NULL, changed = nextval('api_key_changes')
    WHERE k.id = p_id
    RETURNING * INTO made;
    DELETE FROM pairing p WHERE p.created_by = p_id;
    PERFORM record_audit(p_by, was.program, 'key.drop_previous', p_id, key_text(was), key_text(made), p_request);
  END IF;
  RETURN 'ok';
END $$;
