# An earn that is too small for a point is a success that moves nothing.
on 2026-01-10
earn 0.99 EUR as z   -> created, available 0, moved 0, did earn 0, lots none
again z              -> replayed, moved 0
reverse z 1          -> reverse_exceeds_original
reverse z as v       -> available 0, moved 0, did nothing
again v              -> replayed
reverse z            -> already_reversed
void key of z        -> already_reversed
earn 0.00 EUR as y   -> available 0, moved 0, did earn 0    # a receipt that was paid by voucher
void key of y        -> did nothing
again y              -> voided
reverse y            -> voided
earn 0               -> invalid_amount
redeem 0             -> invalid_amount
redeem 0.00 EUR      -> invalid_amount
hold 0.00 EUR        -> invalid_amount
earn 1.99 EUR        -> available 1, moved 1
redeem 0.02 EUR      -> insufficient_points    # two points
redeem 0.01 EUR      -> available 0, moved -1
