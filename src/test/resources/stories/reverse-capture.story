# A capture is reversed like a redeem: what was captured, not what was held.
program  expiry 1 month to the day

on 2026-01-10
earn 10
on 2026-01-20
earn 20
hold 25 as h
capture h 15 as c    -> available 15, held 0, lots 15 to 2026-02-20
reverse c 16         -> reverse_exceeds_original
reverse c 7          -> available 22, did reverse 7, lots 2 to 2026-02-10 and 20 to 2026-02-20
reverse c            -> available 30, moved 8
reverse c            -> already_reversed
