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
