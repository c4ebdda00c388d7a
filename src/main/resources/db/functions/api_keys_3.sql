-- The keys that have changed after that number; all after 0. Those that ended a day ago are left out. It waits for
-- changes that are being committed, and reads after that, in a statement of its own. The message makes the answer wait
-- for the synchronous standby: a primary that was left behind does not hear of revocations, and must not say that there
-- are none.
CREATE OR REPLACE FUNCTION api_keys_3(p_after bigint)
RETURNS TABLE (id text, program text, kind text, scopes text[], location text, per_second int, burst int,
  certificate_sha256 bytea, hash bytea, previous_hash bytea, previous_until_ms bigint, expires_ms bigint,
  revoked boolean, changed bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = ${flyway:defaultSchema}, pg_temp
SET lock_timeout = '1500ms'
AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(7, 1);
  PERFORM pg_logical_emit_message(true, 'stampede', '');
  RETURN QUERY
  SELECT k.id, k.program, k.kind, k.scopes, k.location, k.per_second, k.burst, k.certificate_sha256, k.hash,
    k.previous_hash, floor(extract(epoch FROM k.previous_until) * 1000)::bigint,
    floor(extract(epoch FROM k.expires_at) * 1000)::bigint, k.revoked_at IS NOT NULL, k.changed
  FROM api_key k
  WHERE k.changed > p_after
    AND coalesce(least(k.revoked_at, k.expires_at), 'infinity') > clock_timestamp() - interval '1 day'
  ORDER BY k.changed;
END $$;
