# Nine coffees fill the card. One of them comes back: the free coffee goes, and returns with the next ninth.
program  like stamp

on 2026-10-05
buy 40.50 coffee x9 as A    -> gives 0, gifts free-coffee 1
on 2026-10-06
return 1 of A               -> takes 0, why free-coffee x-1, progress stamps 8, gifts none
on 2026-10-07
buy 4.50 coffee             -> gives 0, progress stamps 9, gifts free-coffee 1
