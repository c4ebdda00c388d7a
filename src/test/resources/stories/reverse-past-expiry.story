# Points that return after their last day expire at once.
program  expiry 1 month to the day

on 2026-01-10
earn 10
on 2026-01-20
earn 20
redeem 30 as r       -> available 0
on 2026-02-15
reverse r 25         -> available 20, moved 20, did reverse 25 and expire -5, lots 20 to 2026-02-20
reverse r            -> available 20, moved 0, did reverse 5 and expire -5
reverse r            -> already_reversed
