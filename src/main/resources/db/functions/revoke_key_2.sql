-- Ends a key and its open pairings; with p_made also the keys that it has made, those that these have made, and so on,
-- even if it has ended itself. Answers ok, also if all have ended already, or does nothing and answers:
--   key_not_found  there is no such key
--   last_key       no other key could make keys; or none that is for all programs, needs no certificate and lives for
--                  another day
CREATE OR REPLACE FUNCTION revoke_key_2(p_program text, p_all boolean, p_id text, p_made boolean, p_by text,
  p_request text) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = ${flyway:defaultSchema}, pg_temp
SET lock_timeout = '1s'
AS $$
DECLARE
  present timestamptz;
  ids text[];
  was api_key;
  made api_key;
BEGIN
  PERFORM pg_advisory_xact_lock(7, 1);
  present := clock_timestamp();
  IF NOT EXISTS (
      SELECT FROM api_key k WHERE k.id = p_id AND (k.program = p_program OR p_all AND k.program IS NULL)) THEN
    RETURN 'key_not_found';
  END IF;
  WITH RECURSIVE its AS (
    SELECT p_id COLLATE "C" AS id
    UNION
    SELECT k.id FROM its JOIN api_key k ON k.created_by COLLATE "C" = its.id
    WHERE p_made)
  SELECT array_agg(k.id) INTO ids
  FROM its JOIN api_key k ON k.id = its.id
  WHERE k.revoked_at IS NULL AND (k.id = p_id OR coalesce(k.expires_at > present, true));
  IF (SELECT bool_and(ends) OR bool_and(ends) FILTER (WHERE lasts)
      FROM (
        SELECT k.id IN (SELECT unnest(ids)) AS ends,
          k.program IS NULL AND k.certificate_sha256 IS NULL
            AND coalesce(k.expires_at > present + interval '1 day', true) AS lasts
        FROM api_key k
        WHERE 'keys' = ANY (k.scopes) AND k.revoked_at IS NULL AND coalesce(k.expires_at > present, true)) x) THEN
    RETURN 'last_key';
  END IF;
  DELETE FROM pairing p WHERE p.created_by IN (SELECT unnest(ids));
  -- in the order of api_keys_used
  FOR was IN SELECT k.* FROM api_key k WHERE k.id IN (SELECT unnest(ids)) ORDER BY k.id LOOP
    UPDATE api_key k
    SET revoked_at = present, previous_hash = NULL, previous_until = NULL, changed = nextval('api_key_changes')
    WHERE k.id = was.id
    RETURNING * INTO made;
    PERFORM record_audit(p_by, was.program, 'key.revoke', was.id, key_text(was), key_text(made), p_request);
  END LOOP;
  RETURN 'ok';
END $$;
