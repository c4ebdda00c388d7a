-- Records that these keys were used today.
CREATE OR REPLACE FUNCTION api_keys_used(p_ids text[]) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = ${flyway:defaultSchema}, pg_temp
AS $$
DECLARE
  today date := (clock_timestamp() AT TIME ZONE 'UTC')::date;
BEGIN
  UPDATE api_key k SET last_used_on = today
  FROM (
    SELECT x.id FROM api_key x
    WHERE x.id = ANY (p_ids) AND x.last_used_on IS DISTINCT FROM today
    ORDER BY x.id
    FOR UPDATE) u
  WHERE k.id = u.id;
END $$;
