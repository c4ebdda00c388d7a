# Points that return after their last day get some days more, where the program grants them.
program  expiry 1 month to the day, grace 30 days

on 2026-01-10
earn 10
on 2026-01-20
earn 20
redeem 30 as r
on 2026-02-15
reverse r 25         -> available 25, moved 25, did reverse 25, lots 20 to 2026-02-20 and 5 to 2026-03-17
reverse r            -> lots 20 to 2026-02-20 and 10 to 2026-03-17
on 2026-03-17T23:59:30  -> available 10
on 2026-03-18        -> available 0

earn 8               -> lots 8 to 2026-04-18
hold 8 as h
capture h as c
on 2026-04-19
void key of c        -> available 8, lots 8 to 2026-05-19    # voids grant them as well
