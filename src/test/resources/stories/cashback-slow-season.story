# In January and February points are worth more: 90 of them a pound. Who names the money pays rounded up, who names the
# points gets rounded down.
program  like cashback, without limits

on 2026-11-10T10:00
earn 20000                  -> gives 20000
on 2027-01-10T10:00
redeem 5.00 GBP             -> takes 450, rate slow-season
redeem 100                  -> takes 100, worth 1.11
redeem 1.11 GBP             -> takes 100
on 2027-02-28T23:59:59
redeem 5.00 GBP             -> takes 450
on 2027-03-01
redeem 5.00 GBP             -> takes 500, rate standard
redeem 99                   -> below_minimum
