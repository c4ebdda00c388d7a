-- What one would write first: a balance and its entries. The endpoint of this directory and pgbench both use it.

CREATE TABLE account (
  program text NOT NULL,
  account text NOT NULL,
  available bigint NOT NULL CHECK (available >= 0),
  version bigint NOT NULL,
  PRIMARY KEY (program, account)
) WITH (fillfactor = 70);

-- One index only: the key makes the entry unique, and an entry is read again by its key.
CREATE TABLE entry (
  program text NOT NULL,
  account text NOT NULL,
  key text NOT NULL,
  id uuid NOT NULL,
  type text NOT NULL,
  points bigint NOT NULL,
  fingerprint text NOT NULL,
  reference text,
  available_after bigint NOT NULL,
  version bigint NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (program, account, key)
);

-- The endpoint's transaction as one call, for pgbench.
CREATE FUNCTION redeem(p_account text, p_key text, p_points bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  available_now bigint;
  version_now bigint;
BEGIN
  UPDATE account SET available = available - p_points, version = version + 1
  WHERE program = 'demo' AND account = p_account AND available >= p_points
  RETURNING available, version INTO STRICT available_now, version_now;
  INSERT INTO entry (program, account, key, id, type, points, fingerprint, reference, available_after, version,
    created_at)
  VALUES ('demo', p_account, p_key, gen_random_uuid(), 'redeem', -p_points, 'yT0sN4mVq3kJ8dB2xZ1aLw',
    '20261121-0042-03-0199', available_now, version_now, now());
  RETURN available_now;
END $$;
