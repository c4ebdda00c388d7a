# A capture spends what was held, or some of it: the rest returns.
on 2026-01-10
earn 100
hold 30 as h         -> available 70, held 30
capture h 31         -> insufficient_points, held 30
capture h 10 as c    -> available 90, held 0, moved 20, did capture -10 and release 20, hold captured 10
capture h            -> hold_captured
capture h 1          -> hold_captured
void h               -> hold_captured
again c              -> replayed, moved 20, hold captured 10, available 90

hold 30 as g
capture g            -> available 60, held 0, moved 0, did capture -30, hold captured 30

hold 5 as f          -> available 55, held 5
void f               -> available 60, held 0, moved 5, did release 5, hold voided
capture f            -> hold_voided
void f               -> hold_voided

hold 61              -> insufficient_points, available 60
hold 60              -> available 0, held 60
redeem 1             -> insufficient_points
capture nothing      -> hold_not_found
void nothing         -> hold_not_found
