# Five rewards a day, and 2,000 stars. A reward that is given back makes room; the next day begins at midnight there.
program  like coffee

on 2026-12-02T10:00
earn 5000                           -> gives 5000, why stated 5000
redeem reward merchandise           -> takes 400
redeem reward merchandise           -> takes 400
redeem reward merchandise           -> takes 400
redeem reward merchandise           -> takes 400
redeem reward merchandise as R      -> takes 400
redeem reward customise             -> limit_exceeded
reverse R                           -> gives 400
redeem reward customise             -> takes 25
on 2026-12-03
redeem reward brewed                -> takes 100
