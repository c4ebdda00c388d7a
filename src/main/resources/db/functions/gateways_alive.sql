-- Records that a gateway is alive for another p_ms ms; 0: that it ends. Answers how many are. The rows,
-- 'alive-<owner>', stand among the leases: those of the sweep ('here-<owner>') are renewed more rarely.
CREATE OR REPLACE FUNCTION gateways_alive(p_owner text, p_ms int) RETURNS int
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = ${flyway:defaultSchema}, pg_temp
AS $$
DECLARE
  now timestamptz := clock_timestamp();
  ends timestamptz := now + p_ms * interval '1 ms';
BEGIN
  INSERT INTO lease VALUES ('alive-' || p_owner, p_owner, ends) ON CONFLICT (name) DO UPDATE SET until = ends;
  DELETE FROM lease WHERE name LIKE 'alive-%' AND until < now - interval '1 hour';
  RETURN (SELECT count(*) FROM lease WHERE name LIKE 'alive-%' AND until > now);
END $$;
