# All points expire when nothing was earned for a month; an earn extends them all, a redeem none.
program  inactivity 1 months by earn

on 2026-01-10
earn 10 as e            -> lots 10 to 2026-02-10
on 2026-01-20
earn 20                 -> lots 30 to 2026-02-20
on 2026-01-25
reverse e 3             -> lots 27 to 2026-02-20        # of its own, though they count longer by now
redeem 12 as r          -> available 15, lots 15 to 2026-02-20, did redeem -12
adjust 5                -> lots 15 to 2026-02-20 and 5 to 2026-02-25
on 2026-02-20T12:00
earn 1                  -> available 21, lots 21 to 2026-03-20

# points that come back have the day on which they were spent; the next earn extends them, too
on 2026-02-21           -> available 21
reverse r 2             -> available 21, moved 0, did reverse 2 and expire -2
redeem 4 as s           -> lots 17 to 2026-03-20
on 2026-03-01
earn 1                  -> lots 18 to 2026-04-01
reverse s               -> lots 4 to 2026-03-20 and 18 to 2026-04-01
earn 1                  -> lots 23 to 2026-04-01

# what has expired stays so
on 2026-04-01T23:59:59  -> available 23
on 2026-04-02           -> available 0
earn 7                  -> available 7, did expire -23 and earn 7, lots 7 to 2026-05-02
