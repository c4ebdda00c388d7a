-- What an update of a part of a budget costs while somebody holds an old snapshot: by the index, and by the place where
-- the last update has put the row. In an empty database, as its owner:
--   psql -f own-part.sql -c "SET synchronous_commit = off" -c "CALL many('index')"
--   psql -f own-part.sql -c "SET synchronous_commit = off" -c "CALL many('place')"
-- and again while another session has a snapshot that is older than the updates, but newer than the table:
--   psql -f own-part.sql
--   psql -c "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM allotment" -c "SELECT pg_sleep(60)" &
--   psql -c "SET synchronous_commit = off" -c "CALL many('index')"
\set ON_ERROR_STOP 1
DROP TABLE IF EXISTS allotment;
CREATE TABLE allotment (
  budget int NOT NULL,
  slot smallint NOT NULL CHECK (slot BETWEEN 0 AND 16),
  units bigint NOT NULL CHECK (units >= 0),
  PRIMARY KEY (budget, slot)
) WITH (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
INSERT INTO allotment SELECT b, s, 1000000000 FROM generate_series(1, 3) b, generate_series(0, 16) s;
CREATE OR REPLACE FUNCTION by_index() RETURNS void LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE own bigint;
BEGIN
  SELECT a.units INTO own FROM allotment a WHERE a.budget = 2 AND a.slot = 3::smallint;
  UPDATE allotment a SET units = a.units - 1 WHERE a.budget = 2 AND a.slot = 3::smallint AND a.units > 1;
END $$;
CREATE OR REPLACE FUNCTION by_place() RETURNS void LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE own bigint; place tid := nullif(current_setting('stampede.part_2_3', true), '');
BEGIN
  SELECT a.units INTO own FROM allotment a WHERE a.ctid = place AND a.budget = 2 AND a.slot = 3::smallint;
  IF NOT FOUND THEN
    SELECT a.units INTO own FROM allotment a WHERE a.budget = 2 AND a.slot = 3::smallint;
  END IF;
  UPDATE allotment a SET units = a.units - 1
  WHERE a.ctid = place AND a.budget = 2 AND a.slot = 3::smallint AND a.units > 1
  RETURNING a.ctid INTO place;
  IF NOT FOUND THEN
    UPDATE allotment a SET units = a.units - 1 WHERE a.budget = 2 AND a.slot = 3::smallint AND a.units > 1
    RETURNING a.ctid INTO place;
  END IF;
  PERFORM set_config('stampede.part_2_3', place::text, false);
END $$;
CREATE OR REPLACE PROCEDURE many(how text) LANGUAGE plpgsql AS $$
DECLARE since timestamptz;
BEGIN
  FOR t IN 1 .. 20 LOOP
    since := clock_timestamp();
    FOR i IN 1 .. 1000 LOOP
      IF how = 'index' THEN PERFORM by_index(); ELSE PERFORM by_place(); END IF;
      COMMIT;
    END LOOP;
    IF t IN (1, 5, 10, 15, 20) THEN
      RAISE NOTICE '% after %: % us', how, t * 1000, round(extract(epoch FROM clock_timestamp() - since) * 1000);
    END IF;
  END LOOP;
END $$;
