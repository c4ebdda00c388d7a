-- Takes a key from outside, with all scopes for all programs, if there is no key at all; with p_always also if there
-- are others. Answers whether it was taken: a key that is there already is not.
CREATE OR REPLACE FUNCTION bootstrap_key(p_id text, p_hash bytea, p_name text, p_always boolean) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = ${flyway:defaultSchema}, pg_temp
SET lock_timeout = '5s'
AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(7, 1);
  IF EXISTS (SELECT FROM api_key k WHERE k.id = p_id OR NOT p_always) THEN
    RETURN false;
  END IF;
  PERFORM create_key(p_id, NULL, p_name, 'key',
    ARRAY['read', 'earn', 'redeem', 'hold', 'reverse', 'adjust', 'program', 'keys'], NULL, p_hash, NULL, p_name, NULL);
  RETURN true;
END $$;
