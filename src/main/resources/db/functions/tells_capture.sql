-- Whether a capture of so many points tells what its hold took, as the image has it: p_hold is the hold's row there,
-- whose last element is what it took, as a text, if it took anything. Of a hold that is captured in part it is what so
-- many points took: the value follows from the rate.
CREATE OR REPLACE FUNCTION tells_capture(p_hold jsonb, p_captured bigint, p_told text) RETURNS boolean
LANGUAGE sql IMMUTABLE
AS $$
  SELECT CASE
    WHEN jsonb_typeof(p_hold -> -1) <> 'string' THEN p_told IS NULL
    WHEN (p_hold ->> 1)::bigint = p_captured THEN p_told IS NOT DISTINCT FROM p_hold ->> -1
    ELSE p_told::jsonb = (SELECT (t.taken - 'value' - 'uses') || jsonb_build_object('points', p_captured)
      || CASE WHEN t.taken -> 'uses' IS NOT NULL THEN jsonb_build_object('uses', (
        SELECT jsonb_agg(CASE WHEN n % 3 = 0 AND t.taken -> 'uses' ->> n::int - 2 = '0'
          THEN to_jsonb(p_captured) ELSE each END ORDER BY n)
        FROM jsonb_array_elements(t.taken -> 'uses') WITH ORDINALITY AS u(each, n))) ELSE '{}' END
      FROM (SELECT (p_hold ->> -1)::jsonb AS taken) AS t)
  END
$$;
