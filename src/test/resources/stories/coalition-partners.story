# Each partner has its own rates, and nobody is enrolled at a till. Points count after 14 days; who takes them, and
# from how many on, the partners say.
program  like coalition

on 2026-11-03T11:00
buy 14.99 coffee-beans at supermarket                         -> account_not_found
enrol
buy 10.00                                                     -> partner_unknown
buy 14.99 coffee-beans and 5.00 tobacco at supermarket        -> gives 70
on 2026-11-06T11:00
buy 70.00 fuel litres=40.567 at fuel                          -> gives 121
on 2026-11-16T23:59:59                                        -> available 0, pending 191
on 2026-11-17                                                 -> available 70, pending 121
on 2026-11-25T11:00
redeem 150 at fuel                                            -> not_redeemable_here
redeem 150 at supermarket                                     -> below_minimum
redeem 150 at drugstore                                       -> takes 150, worth 1.50
