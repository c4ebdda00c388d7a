-- Leases lanes to this gateway for the sweep, for p_ms ms: those that it already has, up to its share, and free ones.
CREATE OR REPLACE FUNCTION lease_lanes(p_owner text, p_ms int) RETURNS smallint[]
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = ${flyway:defaultSchema}, pg_temp
AS $$
DECLARE
  now timestamptz := clock_timestamp();
  ends timestamptz := now + p_ms * interval '1 ms';
  share int;
  mine int;
BEGIN
  INSERT INTO lease VALUES ('here-' || p_owner, p_owner, ends) ON CONFLICT (name) DO UPDATE SET until = ends;
  DELETE FROM lease WHERE name LIKE 'here-%' AND until < now - interval '1 hour';
  SELECT ceil(256.0 / count(*)) INTO share FROM lease WHERE name LIKE 'here-%' AND until > now;

  UPDATE lease SET until = ends WHERE name IN (
    SELECT l.name FROM lease l WHERE l.owner = p_owner AND l.until > now AND l.name LIKE 'sweep-%' ORDER BY l.name LIMIT share);
  UPDATE lease SET until = now WHERE owner = p_owner AND until > now AND until < ends AND name LIKE 'sweep-%';
  SELECT count(*) INTO mine FROM lease WHERE owner = p_owner AND until = ends AND name LIKE 'sweep-%';
  UPDATE lease SET owner = p_owner, until = ends WHERE name IN (
    SELECT l.name FROM lease l WHERE l.until <= now AND l.name LIKE 'sweep-%'
    ORDER BY l.name LIMIT share - mine FOR UPDATE SKIP LOCKED);
  RETURN (SELECT coalesce(array_agg(substr(name, 7)::smallint ORDER BY 1), '{}')
    FROM lease WHERE owner = p_owner AND until = ends AND name LIKE 'sweep-%');
END $$;
