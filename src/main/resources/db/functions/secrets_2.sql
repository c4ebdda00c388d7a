-- The secret for signing first, then those that are still accepted. A secret is replaced after a month. A new one is
-- accepted at once and used for signing two minutes later, when every gateway has asked again.
CREATE OR REPLACE FUNCTION secrets_2() RETURNS TABLE (id int, key bytea)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = ${flyway:defaultSchema}, pg_temp
AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM secret s WHERE s.made_at > clock_timestamp() - interval '30 days') THEN
    LOCK TABLE secret IN SHARE ROW EXCLUSIVE MODE;
    INSERT INTO secret (key)
    SELECT sha256(convert_to(gen_random_uuid()::text || gen_random_uuid() || gen_random_uuid(), 'UTF8'))
    WHERE NOT EXISTS (SELECT FROM secret s WHERE s.made_at > clock_timestamp() - interval '30 days');
    DELETE FROM secret s WHERE s.made_at < clock_timestamp() - interval '90 days';
  END IF;
  RETURN QUERY SELECT s.id, s.key FROM secret s
    ORDER BY s.made_at < clock_timestamp() - interval '2 minutes' DESC, s.made_at DESC;
END $$;
