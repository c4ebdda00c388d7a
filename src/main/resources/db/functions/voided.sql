-- Whether an operation was voided by key, before anything else has undone a part of it: then it has not happened.
CREATE OR REPLACE FUNCTION voided(p_lane smallint, p_operation uuid) RETURNS boolean
LANGUAGE sql STABLE
AS $$
  SELECT EXISTS (
    SELECT FROM operation u
    WHERE u.lane = p_lane AND u.target = p_operation AND u.voids IS NOT NULL AND u.reversed_before = 0)
$$;
