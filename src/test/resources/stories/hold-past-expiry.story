# Held points that come back after their last day expire in the same operation; its points say what is left.
program  expiry 1 month to the day

on 2026-01-10
earn 100
on 2026-01-20
earn 20
on 2026-02-10T23:50
hold 110 for 1800s as h
on 2026-02-11
void h               -> available 20, held 0, moved 10, did release 110 and expire -100, lots 20 to 2026-02-20

on 2026-02-20T23:50
hold 20 for 1800s as i
on 2026-02-21
capture i 5          -> available 0, held 0, moved 0, hold captured 5, did capture -5 and release 15 and expire -15
