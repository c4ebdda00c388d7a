-- A key that has leaked is ended together with all that it has made, and what ended is soon forgotten.

CREATE INDEX api_key_created_by ON api_key (created_by COLLATE "C");

-- verify looks here for operations that administer an account.
CREATE INDEX audit_operation ON audit ((after::json ->> 'operation'))
  WHERE action IN ('points.adjust', 'tier.grant', 'account.freeze', 'account.unfreeze', 'account.close');

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

-- Makes the key of a pairing, which ends with that, and with the key that has made it: a revocation comes before the
-- claim or after it. Where that key has an end, the new one has the same. All claims go one after the other. Answers in
-- `outcome`:
--   ok                 the key was made, for that program
--   pairing_not_found  no open pairing has this code
--   rate_limited       seventeen have failed within a minute: nothing is looked at for another one; so long is left
CREATE OR REPLACE FUNCTION claim_pairing(p_hash bytea, p_key text, p_key_hash bytea, p_device text, p_request text)
RETURNS TABLE (outcome text, program text, wait_seconds int)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = ${flyway:defaultSchema}, pg_temp
SET lock_timeout = '1s'
AS $$
DECLARE
  present timestamptz;
  failed claim_failures;
  claimed pairing;
BEGIN
  PERFORM pg_advisory_xact_lock(7, 3);
  present := clock_timestamp();
  wait_seconds := 0;
  SELECT * INTO failed FROM claim_failures;
  IF failed.refused_until > present THEN
    outcome := 'rate_limited';
    wait_seconds := ceil(extract(epoch FROM failed.refused_until - present));
    RETURN NEXT;
    RETURN;
  END IF;
  PERFORM pg_advisory_xact_lock(7, 1);
  DELETE FROM pairing p
  WHERE p.hash = p_hash AND p.expires_at > present
    AND NOT EXISTS (SELECT FROM api_key k WHERE k.id = p.created_by AND least(k.revoked_at, k.expires_at) <= present)
  RETURNING * INTO claimed;
  IF claimed.id IS NOT NULL THEN
    PERFORM create_key_3(p_key, claimed.program, claimed.name, 'till', claimed.scopes, claimed.location,
      claimed.per_second, claimed.burst, claimed.certificate_sha256, p_key_hash,
      (SELECT k.expires_at FROM api_key k WHERE k.id = claimed.created_by), claimed.created_by, p_request);
    PERFORM record_audit(p_key, claimed.program, 'pairing.claim', claimed.id::text, NULL,
      json_build_object('key', p_key, 'device', p_device)::text, p_request);
    outcome := 'ok';
    program := claimed.program;
  ELSE
    outcome := 'pairing_not_found';
    failed.latest := ARRAY(SELECT f FROM unnest(failed.latest) f WHERE f > present - interval '1 minute') || present;
    UPDATE claim_failures
    SET latest = failed.latest,
      refused_until = CASE WHEN cardinality(failed.latest) >= 17 THEN present + interval '1 minute' END;
  END IF;
  RETURN NEXT;
END $$;

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

-- Ends a key and its open pairings; with p_made also the keys that it has made, those that these have made, and so on,
-- even if it has ended itself. Answers ok, also if all have ended already, or does nothing and answers:
--   key_not_found  there is no such key
--   last_key       no other key could make keys; or none that is for all programs, needs no certificate and lives for
--                  another day
CREATE FUNCTION revoke_key_2(p_program text, p_all boolean, p_id text, p_made boolean, p_by text,
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

-- For the release whose newest migration is V017: there is nothing but the key itself.
CREATE OR REPLACE FUNCTION revoke_key(p_program text, p_all boolean, p_id text, p_by text, p_request text) RETURNS text
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = ${flyway:defaultSchema}, pg_temp
AS $$
  SELECT revoke_key_2(p_program, p_all, p_id, false, p_by, p_request)
$$;

-- Releases whose newest migration is V015 or older cannot run beside this one.
DROP FUNCTION api_keys, api_keys_2, create_key_2, create_pairing, create_pairing_2;

REVOKE EXECUTE ON FUNCTION revoke_key_2 FROM PUBLIC;
GRANT EXECUTE ON FUNCTION revoke_key_2 TO stampede_gateway;
