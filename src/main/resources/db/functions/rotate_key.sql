-- Gives a key another secret; the one before stays valid for the overlap. p_all: the caller is for all programs, and
-- may change keys that are, too. Without an overlap the key's open pairings end: whoever knew the secret may have made
-- them. Answers ok, or:
--   key_not_found     there is no such key
--   key_revoked       it was revoked, or has expired
--   rotation_pending  the secret before the present one is still valid
CREATE OR REPLACE FUNCTION rotate_key(p_program text, p_all boolean, p_id text, p_hash bytea, p_overlap_seconds bigint,
  p_by text, p_request text) RETURNS text
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
  ELSIF was.revoked_at IS NOT NULL OR was.expires_at <= present THEN
    RETURN 'key_revoked';
  ELSIF was.previous_until > present THEN
    RETURN 'rotation_pending';
  END IF;
  UPDATE api_key k
  SET hash = p_hash, changed = nextval('api_key_changes'),
    previous_hash = CASE WHEN p_overlap_seconds > 0 THEN was.hash END,
    previous_until = CASE WHEN p_overlap_seconds > 0 THEN present + p_overlap_seconds * interval '1 s' END
  WHERE k.id = p_id
  RETURNING * INTO made;
  IF p_overlap_seconds = 0 THEN
    DELETE FROM pairing p WHERE p.created_by = p_id;
  END IF;
  PERFORM record_audit(p_by, was.program, 'key.rotate', p_id, key_text(was), key_text(made), p_request);
  RETURN 'ok';
END $$;
