-- Pairing of tills: a code that is made where there is a keyboard, and typed at the till, which gets a key for it. The
-- gateway's role sees none of it but through the functions; each is recorded in the audit in its own transaction.

-- Those that are open: a row goes when it is claimed, or has expired.
CREATE TABLE pairing (
  id uuid PRIMARY KEY,
  program text COLLATE "C" NOT NULL CHECK (program ~ '^[A-Za-z0-9._-]{1,64}$'),
  -- of the key
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  scopes text[] NOT NULL CHECK (cardinality(scopes) > 0),
  location text NOT NULL CHECK (length(location) BETWEEN 1 AND 64),
  -- SHA-256 of the code
  hash bytea NOT NULL UNIQUE CHECK (length(hash) = 32),
  created_by text NOT NULL,
  expires_at timestamptz NOT NULL
);

-- One row: when claims have failed within the last minute, and until when all are refused.
CREATE TABLE claim_failures (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  latest timestamptz[] NOT NULL DEFAULT '{}',
  refused_until timestamptz
);
INSERT INTO claim_failures DEFAULT VALUES;

-- Opens a pairing for ten minutes: a till that sends the code claims a key with it. No expiry in the answer if a
-- thousand are open; the bound of failures is made for as many. Those that have expired go.
CREATE FUNCTION create_pairing(p_program text, p_name text, p_scopes text[], p_location text, p_hash bytea,
  p_by text, p_request text) RETURNS TABLE (id uuid, expires_at timestamptz)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = ${flyway:defaultSchema}, pg_temp
SET lock_timeout = '1s'
AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(7, 3);
  DELETE FROM pairing p WHERE p.expires_at <= clock_timestamp();
  id := gen_random_uuid();
  IF (SELECT count(*) FROM pairing) < 1000 THEN
    expires_at := clock_timestamp() + interval '10 minutes';
    INSERT INTO pairing VALUES (id, p_program, p_name, p_scopes, p_location, p_hash, p_by, expires_at);
    PERFORM record_audit(p_by, p_program, 'pairing.create', id::text, NULL, json_build_object('name', p_name,
      'scopes', p_scopes, 'location', p_location, 'expiresAt', expires_at)::text, p_request);
  END IF;
  RETURN NEXT;
END $$;

-- Makes the key of a pairing, which ends with that. All claims go one after the other. Answers in `outcome`:
--   ok                 the key was made, for that program
--   pairing_not_found  no open pairing has this code
--   rate_limited       twenty have failed within a minute: nothing is looked at for another one; so long is left
CREATE FUNCTION claim_pairing(p_hash bytea, p_key text, p_key_hash bytea, p_device text, p_request text)
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
  DELETE FROM pairing p WHERE p.hash = p_hash AND p.expires_at > present RETURNING * INTO claimed;
  IF claimed.id IS NOT NULL THEN
    PERFORM create_key(p_key, claimed.program, claimed.name, 'till', claimed.scopes, claimed.location, p_key_hash,
      NULL, claimed.created_by, p_request);
    PERFORM record_audit(p_key, claimed.program, 'pairing.claim', claimed.id::text, NULL,
      json_build_object('key', p_key, 'device', p_device)::text, p_request);
    outcome := 'ok';
    program := claimed.program;
  ELSE
    outcome := 'pairing_not_found';
    failed.latest := ARRAY(SELECT f FROM unnest(failed.latest) f WHERE f > present - interval '1 minute') || present;
    UPDATE claim_failures
    SET latest = failed.latest,
      refused_until = CASE WHEN cardinality(failed.latest) >= 20 THEN present + interval '1 minute' END;
  END IF;
  RETURN NEXT;
END $$;

REVOKE EXECUTE ON FUNCTION create_pairing, claim_pairing FROM PUBLIC;
GRANT EXECUTE ON FUNCTION create_pairing, claim_pairing TO stampede_gateway;
