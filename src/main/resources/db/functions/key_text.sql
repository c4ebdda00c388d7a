-- What the audit records of a key: everything but the hashes of its secrets.
CREATE OR REPLACE FUNCTION key_text(k api_key) RETURNS text
LANGUAGE sql STABLE
SET search_path = ${flyway:defaultSchema}, pg_temp
AS $$
  SELECT json_build_object('name', k.name, 'kind', k.kind, 'scopes', k.scopes, 'location', k.location,
    'perSecond', k.per_second, 'burst', k.burst, 'certificateSha256', encode(k.certificate_sha256, 'hex'),
    'expiresAt', k.expires_at, 'previousUntil', k.previous_until, 'revokedAt', k.revoked_at)::text
$$;
