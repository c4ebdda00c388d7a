# Only a hold can be captured or voided, and a hold is not reversed.
on 2026-01-10
earn 100
redeem 10 as r
capture r            -> hold_not_found
void r               -> hold_not_found
reverse r 4          -> available 94
capture r            -> hold_not_found
hold 5 as h
reverse h            -> reverse_exceeds_original, held 5
reverse h 1          -> reverse_exceeds_original
capture h as c
capture c            -> hold_not_found
reverse h            -> reverse_exceeds_original
redeem 500 as big    -> insufficient_points
reverse big          -> reverse_exceeds_original
hold 500 as none     -> insufficient_points
capture none         -> hold_not_found
