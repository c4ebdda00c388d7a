-- Keys that are valid only on connections whose client has shown a certificate.

-- SHA-256 of the certificate, in DER; null: any connection. It never changes.
ALTER TABLE api_key ADD COLUMN certificate_sha256 bytea CHECK (length(certificate_sha256) = 32);

-- Of the till's key.
ALTER TABLE pairing ADD COLUMN certificate_sha256 bytea CHECK (length(certificate_sha256) = 32);

-- What the audit records of a key: everything but the hashes of its secrets.
CREATE OR REPLACE FUNCTION key_text(k api_key) RETURNS text
LANGUAGE sql STABLE
SET search_path = ${flyway:defaultSchema}, pg_temp
AS $$
  SELECT json_build_object('name', k.name, 'kind', k.kind, 'scopes', k.scopes, 'location', k.location,
    'perSecond', k.per_second, 'burst', k.burst, 'certificateSha256', encode(k.certificate_sha256, 'hex'),
    'expiresAt', k.expires_at, 'previousUntil', k.previous_until, 'revokedAt', k.revoked_at)::text
$$;

-- Makes a key. p_program null: for all programs; p_per_second and p_burst null: without a limit of calls;
-- p_certificate null: for any connection.
-- Fails with program_limit_exceeded if the program has 10000 keys that gateways have in memory, see api_keys_3.
CREATE FUNCTION create_key_3(p_id text, p_program text, p_name text, p_kind text, p_scopes text[],
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
  IF (SELECT count(*) >= 10000 FROM api_key k
      WHERE k.program = p_program
        AND coalesce(least(k.revoked_at, k.expires_at), 'infinity') > clock_timestamp() - interval '30 days') THEN
    RAISE EXCEPTION 'too many keys' USING ERRCODE = 'program_limit_exceeded';
  END IF;
  INSERT INTO api_key (id, program, name, kind, scopes, location, per_second, burst, certificate_sha256, hash,
    created_by, expires_at, changed)
  VALUES (p_id, p_program, p_name, p_kind, p_scopes, p_location, p_per_second, p_burst, p_certificate, p_hash,
    p_by, p_expires_at, nextval('api_key_changes'))
  RETURNING * INTO made;
  PERFORM record_audit(p_by, p_program, 'key.create', p_id, NULL, key_text(made), p_request);
END $$;

-- Opens a pairing for ten minutes: a till that sends the code claims a key with it. No expiry in the answer if a
-- thousand are open, or two hundred of the program; the bound of failures is made for a thousand. Those that have
-- expired go.
CREATE FUNCTION create_pairing_3(p_program text, p_name text, p_scopes text[], p_location text, p_hash bytea,
  p_per_second int, p_burst int, p_certificate bytea, p_by text, p_request text)
RETURNS TABLE (id uuid, expires_at timestamptz)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = ${flyway:defaultSchema}, pg_temp
SET lock_timeout = '1s'
AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(7, 3);
  DELETE FROM pairing p WHERE p.expires_at <= clock_timestamp();
  id := gen_random_uuid();
  IF (SELECT count(*) < 1000 AND count(*) FILTER (WHERE p.program = p_program) < 200 FROM pairing p) THEN
    expires_at := clock_timestamp() + interval '10 minutes';
    INSERT INTO pairing VALUES (id, p_program, p_name, p_scopes, p_location, p_hash, p_by, expires_at, p_per_second,
      p_burst, p_certificate);
    PERFORM record_audit(p_by, p_program, 'pairing.create', id::text, NULL, json_build_object('name', p_name,
      'scopes', p_scopes, 'location', p_location, 'perSecond', p_per_second, 'burst', p_burst,
      'certificateSha256', encode(p_certificate, 'hex'), 'expiresAt', expires_at)::text, p_request);
  END IF;
  RETURN NEXT;
END $$;

-- Makes the key of a pairing, which ends with that, and with the key that has made it: a revocation comes before the
-- claim or after it. All claims go one after the other. Answers in `outcome`:
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
      claimed.per_second, claimed.burst, claimed.certificate_sha256, p_key_hash, NULL, claimed.created_by, p_request);
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

-- The keys that have changed after that number; all after 0. Those that ended 30 days ago are left out. It waits for
-- changes that are being committed, and reads after that, in a statement of its own. The message makes the answer wait
-- for the synchronous standby: a primary that was left behind does not hear of revocations, and must not say that there
-- are none.
CREATE FUNCTION api_keys_3(p_after bigint)
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
    AND coalesce(least(k.revoked_at, k.expires_at), 'infinity') > clock_timestamp() - interval '30 days'
  ORDER BY k.changed;
END $$;

-- For the release whose newest migration is V015, which does not look at certificates: it does not know the keys that
-- need one.
CREATE OR REPLACE FUNCTION api_keys_2(p_after bigint)
RETURNS TABLE (id text, program text, kind text, scopes text[], location text, per_second int, burst int, hash bytea,
  previous_hash bytea, previous_until_ms bigint, expires_ms bigint, revoked boolean, changed bigint)
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = ${flyway:defaultSchema}, pg_temp
AS $$
  SELECT k.id, k.program, k.kind, k.scopes, k.location, k.per_second, k.burst, k.hash, k.previous_hash,
    k.previous_until_ms, k.expires_ms, k.revoked, k.changed
  FROM api_keys_3(p_after) k
  WHERE k.certificate_sha256 IS NULL
  ORDER BY k.changed
$$;

REVOKE EXECUTE ON FUNCTION create_key_3, create_pairing_3, api_keys_3 FROM PUBLIC;
GRANT EXECUTE ON FUNCTION create_key_3, create_pairing_3, api_keys_3 TO stampede_gateway;
GRANT SELECT (certificate_sha256) ON api_key TO stampede_gateway;
