# Points that would have expired before they are available come and go.
program  pending 45 days, expiry 1 month to the day

on 2026-01-01
earn 100             -> pending 100
on 2026-02-14        -> available 0, pending 100
on 2026-02-15        -> available 0, pending 0
earn 1               -> available 0, pending 1, did mature 100 and expire -100 and earn 1
