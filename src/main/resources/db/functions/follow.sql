-- Whether each of these entries continues from the previous one, and no bucket is ever below zero.
CREATE OR REPLACE FUNCTION follow(first int, last int,
  e_available bigint[], e_held bigint[], e_pending bigint[], e_debt bigint[],
  e_available_after bigint[], e_held_after bigint[], e_pending_after bigint[], e_debt_after bigint[])
RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  FOR e IN first + 1 .. last LOOP
    IF (e_available_after[e - 1] + e_available[e] = e_available_after[e]
        AND e_held_after[e - 1] + e_held[e] = e_held_after[e]
        AND e_pending_after[e - 1] + e_pending[e] = e_pending_after[e]
        AND e_debt_after[e - 1] + e_debt[e] = e_debt_after[e]
        AND least(e_available_after[e - 1], e_held_after[e - 1], e_pending_after[e - 1], e_debt_after[e - 1]) >= 0)
      IS NOT TRUE
    THEN
      RETURN false;
    END IF;
  END LOOP;
  RETURN true;
END $$;
