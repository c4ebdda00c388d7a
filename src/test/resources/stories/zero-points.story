# An earn that is too small for a point is a success that moves nothing.
on 2026-01-10
earn 0.99 EUR as z   -> created, available 0, moved 0, did earn 0, lots none
again z              -> replayed, moved 0
reverse z            -> reverse_exceeds_original
void key of z        -> did nothing
again z              -> voided
earn 0               -> invalid_amount
redeem 0             -> invalid_amount
earn 1.99 EUR        -> available 1, moved 1
redeem 0.02 EUR      -> insufficient_points    # two points
redeem 0.01 EUR      -> available 0, moved -1
