# The call that made a hold is undone as long as nothing of it was captured.
on 2026-01-10
earn 100
hold 20 as h         -> available 80, held 20
void key of h        -> available 100, held 0, did release 20, hold voided
again h              -> voided
capture h            -> voided
void h               -> voided
void key of h        -> voided

hold 20 as g
capture g 5 as c     -> available 95
void key of g        -> hold_captured
again g              -> replayed
void key of c        -> available 100, did reverse 5
again c              -> voided
reverse c            -> voided

hold 10 for 60s as x
after 61s
void key of x        -> available 100, held 0, moved 0, did release 10
void key of x        -> voided
again x              -> voided
capture x            -> voided

hold 10 as y
void y as z          -> available 100
void key of y        -> did nothing
void key of y        -> voided
again y              -> voided
void key of z        -> voided
