-- Access: API keys, and the record of administration. The gateway's role reads neither the hashes nor writes anything
-- but through the functions below; each change of a key is recorded in its own transaction.

-- Counts the changes of keys. A number is taken and committed under the lock (7, 1): numbers become visible in order.
CREATE SEQUENCE api_key_changes;

CREATE TABLE api_key (
  -- as they were made
  n bigint NOT NULL UNIQUE GENERATED ALWAYS AS IDENTITY,
  id text COLLATE "C" PRIMARY KEY CHECK (id ~ '^[0-9A-Za-z]{12}$'),
  -- null: all programs
  program text COLLATE "C" CHECK (program ~ '^[A-Za-z0-9._-]{1,64}$'),
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
  kind text NOT NULL CHECK (kind IN ('key', 'till')),
  -- dev.stampede.access.Scope
  scopes text[] NOT NULL CHECK (cardinality(scopes) > 0),
  location text CHECK (length(location) BETWEEN 1 AND 64),
  -- SHA-256 of the secret
  hash bytea NOT NULL CHECK (length(hash) = 32),
  -- the secret before, until then
  previous_hash bytea CHECK (length(previous_hash) = 32),
  previous_until timestamptz,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  created_by text NOT NULL,
  expires_at timestamptz,
  revoked_at timestamptz,
  -- in UTC
  last_used_on date,
  changed bigint NOT NULL UNIQUE,
  CHECK ((previous_hash IS NULL) = (previous_until IS NULL))
);
CREATE INDEX api_key_program ON api_key (program, n);

-- What was administered, by whom. Rows are only added; each has the hash of the row before, so that a row which was
-- changed or removed later is found (dev.stampede.verify).
CREATE TABLE audit (
  n bigint PRIMARY KEY CHECK (n > 0),
  id uuid NOT NULL UNIQUE,
  at timestamptz NOT NULL,
  principal text NOT NULL,
  program text COLLATE "C",
  action text NOT NULL,
  target text NOT NULL,
  -- JSON, as it was written
  before text,
  after text,
  request_id text,
  prev_hash bytea NOT NULL CHECK (length(prev_hash) = 32)
);

-- The hash of a row of the audit, which the next row has.
CREATE FUNCTION audit_hash(a audit) RETURNS bytea
LANGUAGE sql STABLE
SET search_path = ${flyway:defaultSchema}, pg_temp
AS $$
  SELECT sha256(convert_to(json_build_array(a.n, a.id, (extract(epoch FROM a.at) * 1000000)::bigint, a.principal,
    a.program, a.action, a.target, a.before, a.after, a.request_id, encode(a.prev_hash, 'hex'))::text, 'UTF8'))
$$;

-- Adds a row to the audit, in the transaction of the change that it records. The id is a UUID of version 7.
CREATE FUNCTION record_audit(p_principal text, p_program text, p_action text, p_target text, p_before text,
  p_after text, p_request text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = ${flyway:defaultSchema}, pg_temp
AS $$
DECLARE
  newest audit;
  random text := replace(gen_random_uuid()::text, '-', '');
BEGIN
  PERFORM pg_advisory_xact_lock(7, 2);
  SELECT * INTO newest FROM audit a ORDER BY a.n DESC LIMIT 1;
  INSERT INTO audit (n, id, at, principal, program, action, target, before, after, request_id, prev_hash)
  VALUES (coalesce(newest.n, 0) + 1,
    (lpad(to_hex(now_ms()), 12, '0') || '7' || substr(random, 14, 3) || substr(random, 17))::uuid,
    clock_timestamp(), p_principal, p_program, p_action, p_target, p_before, p_after, p_request,
    CASE WHEN newest.n IS NULL THEN sha256('') ELSE audit_hash(newest) END);
END $$;

-- What the audit records of a key: everything but the hashes.
CREATE FUNCTION key_text(k api_key) RETURNS text
LANGUAGE sql STABLE
SET search_path = ${flyway:defaultSchema}, pg_temp
AS $$
  SELECT json_build_object('name', k.name, 'kind', k.kind, 'scopes', k.scopes, 'location', k.location,
    'expiresAt', k.expires_at, 'previousUntil', k.previous_until, 'revokedAt', k.revoked_at)::text
$$;

-- Makes a key. p_program null: for all programs.
CREATE FUNCTION create_key(p_id text, p_program text, p_name text, p_kind text, p_scopes text[],
  p_location text, p_hash bytea, p_expires_at timestamptz, p_by text, p_request text) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = ${flyway:defaultSchema}, pg_temp
SET lock_timeout = '1s'
AS $$
DECLARE
  made api_key;
BEGIN
  PERFORM pg_advisory_xact_lock(7, 1);
  INSERT INTO api_key (id, program, name, kind, scopes, location, hash, created_by, expires_at, changed)
  VALUES (p_id, p_program, p_name, p_kind, p_scopes, p_location, p_hash, p_by, p_expires_at,
    nextval('api_key_changes'))
  RETURNING * INTO made;
  PERFORM record_audit(p_by, p_program, 'key.create', p_id, NULL, key_text(made), p_request);
END $$;

-- Takes a key from outside, with all scopes for all programs, if there is no key at all; with p_always also if there
-- are others. Answers whether it was taken: a key that is there already is not.
CREATE FUNCTION bootstrap_key(p_id text, p_hash bytea, p_name text, p_always boolean) RETURNS boolean
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

-- Gives a key another secret; the one before stays valid for the overlap. p_all: the caller is for all programs, and
-- may change keys that are, too. Answers ok, or:
--   key_not_found     there is no such key
--   key_revoked       it was revoked, or has expired
--   rotation_pending  the secret before the present one is still valid
CREATE FUNCTION rotate_key(p_program text, p_all boolean, p_id text, p_hash bytea, p_overlap_seconds bigint,
  p_by text, p_request text) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = ${flyway:defaultSchema}, pg_temp
SET lock_timeout = '1s'
AS $$
DECLARE
  present timestamptz;
  was api_key;
  made api_key;
BEGIN
  PERFORM pg_advisory_xact_lock(7, 1);
  present := clock_timestamp();
  SELECT * INTO was FROM api_key k WHERE k.id = p_id AND (k.program = p_program OR p_all AND k.program IS NULL);
  IF was.id IS NULL THEN
    RETURN 'key_not_found';
  ELSIF was.revoked_at IS NOT NULL OR was.expires_at <= present THEN
    RETURN 'key_revoked';
  ELSIF was.previous_until > present THEN
    RETURN 'rotation_pending';
  END IF;
  UPDATE api_key k
  SET hash = p_hash, changed = nextval('api_key_changes'),
    previous_hash = CASE WHEN p_overlap_seconds > 0 THEN was.hash END,
    previous_until = CASE WHEN p_overlap_seconds > 0 THEN present + p_overlap_seconds * interval '1 s' END
  WHERE k.id = p_id
  RETURNING * INTO made;
  PERFORM record_audit(p_by, was.program, 'key.rotate', p_id, key_text(was), key_text(made), p_request);
  RETURN 'ok';
END $$;

-- Ends the secret before the present one. Answers ok, also if there is none any more, or key_not_found.
CREATE FUNCTION drop_previous_key(p_program text, p_all boolean, p_id text, p_by text, p_request text)
RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = ${flyway:defaultSchema}, pg_temp
SET lock_timeout = '1s'
AS $$
DECLARE
  was api_key;
  made api_key;
BEGIN
  PERFORM pg_advisory_xact_lock(7, 1);
  SELECT * INTO was FROM api_key k WHERE k.id = p_id AND (k.program = p_program OR p_all AND k.program IS NULL);
  IF was.id IS NULL THEN
    RETURN 'key_not_found';
  ELSIF was.previous_hash IS NOT NULL THEN
    UPDATE api_key k
    SET previous_hash = NULL, previous_until = NULL, changed = nextval('api_key_changes')
    WHERE k.id = p_id
    RETURNING * INTO made;
    PERFORM record_audit(p_by, was.program, 'key.drop_previous', p_id, key_text(was), key_text(made), p_request);
  END IF;
  RETURN 'ok';
END $$;

-- Ends a key. Answers ok, also if it has ended already, or:
--   key_not_found  there is no such key
--   last_key       no other key could make keys
CREATE FUNCTION revoke_key(p_program text, p_all boolean, p_id text, p_by text, p_request text) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = ${flyway:defaultSchema}, pg_temp
SET lock_timeout = '1s'
AS $$
DECLARE
  present timestamptz;
  was api_key;
  made api_key;
BEGIN
  PERFORM pg_advisory_xact_lock(7, 1);
  present := clock_timestamp();
  SELECT * INTO was FROM api_key k WHERE k.id = p_id AND (k.program = p_program OR p_all AND k.program IS NULL);
  IF was.id IS NULL THEN
    RETURN 'key_not_found';
  ELSIF was.revoked_at IS NOT NULL THEN
    RETURN 'ok';
  ELSIF 'keys' = ANY (was.scopes) AND coalesce(was.expires_at > present, true) AND NOT EXISTS (
      SELECT FROM api_key k
      WHERE k.id <> p_id AND 'keys' = ANY (k.scopes) AND k.revoked_at IS NULL
        AND coalesce(k.expires_at > present, true)) THEN
    RETURN 'last_key';
  END IF;
  UPDATE api_key k
  SET revoked_at = present, previous_hash = NULL, previous_until = NULL, changed = nextval('api_key_changes')
  WHERE k.id = p_id
  RETURNING * INTO made;
  PERFORM record_audit(p_by, was.program, 'key.revoke', p_id, key_text(was), key_text(made), p_request);
  RETURN 'ok';
END $$;

-- The keys that have changed after that number; all after 0. It waits for changes that are being committed, and reads
-- after that, in a statement of its own. The message makes the answer wait for the synchronous standby: a primary that
-- was left behind does not hear of revocations, and must not say that there are none.
CREATE FUNCTION api_keys(p_after bigint)
RETURNS TABLE (id text, program text, kind text, scopes text[], location text, hash bytea, previous_hash bytea,
  previous_until_ms bigint, expires_ms bigint, revoked boolean, changed bigint)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = ${flyway:defaultSchema}, pg_temp
SET lock_timeout = '1500ms'
AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(7, 1);
  PERFORM pg_logical_emit_message(true, 'stampede', '');
  RETURN QUERY
  SELECT k.id, k.program, k.kind, k.scopes, k.location, k.hash, k.previous_hash,
    floor(extract(epoch FROM k.previous_until) * 1000)::bigint, floor(extract(epoch FROM k.expires_at) * 1000)::bigint,
    k.revoked_at IS NOT NULL, k.changed
  FROM api_key k
  WHERE k.changed > p_after
  ORDER BY k.changed;
END $$;

-- Records that these keys were used today.
CREATE FUNCTION api_keys_used(p_ids text[]) RETURNS void
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

REVOKE EXECUTE ON FUNCTION audit_hash, record_audit, key_text, create_key, bootstrap_key, rotate_key,
  drop_previous_key, revoke_key, api_keys, api_keys_used FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_hash, create_key, bootstrap_key, rotate_key, drop_previous_key, revoke_key, api_keys,
  api_keys_used TO stampede_gateway;
GRANT SELECT (n, id, program, name, kind, scopes, location, previous_until, created_at, created_by, expires_at,
  revoked_at, last_used_on) ON api_key TO stampede_gateway;
GRANT SELECT ON audit TO stampede_gateway;
