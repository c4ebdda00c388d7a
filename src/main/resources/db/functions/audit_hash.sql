-- The hash of a row of the audit, which the next row has.
CREATE OR REPLACE FUNCTION audit_hash(a audit) RETURNS bytea
LANGUAGE sql STABLE
SET search_path = ${flyway:defaultSchema}, pg_temp
AS $$
  SELECT sha256(convert_to(json_build_array(a.n, a.id, (extract(epoch FROM a.at) * 1000000)::bigint, a.principal,
    a.program, a.action, a.target, a.before, a.after, a.request_id, encode(a.prev_hash, 'hex'))::text, 'UTF8'))
$$;
