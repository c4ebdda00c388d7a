# What was spent last comes back first, with the expiry it had; several times, up to what it was.
program  expiry 1 month to the day

on 2026-01-10
earn 10
on 2026-01-20
earn 20
redeem 25 as r       -> available 5, lots 5 to 2026-02-20
reverse r 26         -> reverse_exceeds_original
reverse r 10 as v    -> available 15, moved 10, did reverse 10, lots 15 to 2026-02-20
again v              -> replayed, available 15
reverse r 10         -> available 25, lots 5 to 2026-02-10 and 20 to 2026-02-20
reverse r 6          -> reverse_exceeds_original, available 25
reverse r            -> available 30, moved 5, lots 10 to 2026-02-10 and 20 to 2026-02-20, lifetime 30
reverse r            -> already_reversed
reverse r 1          -> already_reversed
reverse v            -> reverse_exceeds_original    # a reversal stays
reverse nothing      -> operation_not_found
