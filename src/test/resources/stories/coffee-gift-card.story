# A gift card earns nothing and is nobody's first purchase; what the till does not list earns like the rest.
program  like coffee

on 2026-12-11T12:00
member anna
buy 4.50 iced and 20.00 gift-card for 30.00       -> gives 70, why base 20 and first-purchase 50
member bert
buy 25.00 gift-card                               -> gives 0, why nothing
buy 1.00                                          -> gives 52, why base 2 and first-purchase 50
buy 3.00 x1 and 3.00 x1 for 5.00                  -> invalid_amount
