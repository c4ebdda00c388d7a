-- Identifies the Postgres, the database and the timeline (each promotion begins a new one). Images loaded from another
-- one are not trusted.
CREATE OR REPLACE FUNCTION epoch() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = ${flyway:defaultSchema}, pg_temp
RETURN (SELECT system_identifier::text FROM pg_control_system())
  || '-' || (SELECT oid FROM pg_database WHERE datname = current_database())
  || '-' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8);
