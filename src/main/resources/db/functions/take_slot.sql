-- The number of a sealer: its part of each budget, 1 to 16. It belongs to the session until that ends. Null if all are
-- taken: two sealers with one number wait for each other, and are never wrong.
CREATE OR REPLACE FUNCTION take_slot() RETURNS smallint
LANGUAGE plpgsql VOLATILE
SET search_path = ${flyway:defaultSchema}, pg_temp
AS $$
BEGIN
  FOR slot IN 1 .. 16 LOOP
    IF pg_try_advisory_lock(7700, slot) THEN
      RETURN slot;
    END IF;
  END LOOP;
  RETURN NULL;
END $$;
