# A call that is refused leaves what time has done to the next one that isn't.
program  expiry 1 month to the day

on 2026-01-10
earn 100
on 2026-02-11
redeem 1             -> insufficient_points, available 0
hold 1               -> insufficient_points, available 0
earn 10              -> available 10, did expire -100 and earn 10

hold 4 for 60s as h  -> available 6, held 4
after 61s            -> available 10, held 0
redeem 11            -> insufficient_points, available 10
capture h            -> hold_expired
redeem 10            -> available 0, did release 4 and redeem -10
