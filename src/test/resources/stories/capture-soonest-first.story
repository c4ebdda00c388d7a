# Of what a hold took, a capture spends what expires first.
program  expiry 1 month to the day

on 2026-01-10
earn 10
on 2026-01-20
earn 20
hold 25 as h         -> available 5, held 25, lots 5 to 2026-02-20
capture h 12         -> available 18, lots 18 to 2026-02-20
hold 18 as i         -> lots none
void i               -> lots 18 to 2026-02-20
