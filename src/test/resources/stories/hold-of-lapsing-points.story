# Held points don't expire; once they are back they do.
program  expiry 1 month to the day

on 2026-01-10
earn 10
on 2026-01-20
earn 20
on 2026-02-10T23:50
hold 15 for 1800s as h  -> available 15, held 15, lots 15 to 2026-02-20
on 2026-02-11           -> available 15, held 15
on 2026-02-11T00:30     -> available 20, held 0, lots 20 to 2026-02-20
redeem 1                -> available 19, did release 15 and expire -10 and redeem -1

on 2026-02-20T23:50
hold 19 for 1800s as i
on 2026-02-21
capture i 4             -> available 0, held 0, hold captured 4, did capture -4 and release 15 and expire -15
earn 2                  -> available 2, did earn 2
