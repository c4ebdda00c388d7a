# A call that was voided before it came never happens.
on 2026-01-10
void key of first    -> moved 0, did nothing
balance              -> account_not_found
earn 100 as first    -> voided
again first          -> voided
redeem 1             -> account_not_found

earn 100             -> created, available 100
void key of soon as v  -> available 100, did nothing
redeem 30 as soon    -> voided, available 100
again v              -> replayed
void key of soon     -> voided
void key of v        -> voided
