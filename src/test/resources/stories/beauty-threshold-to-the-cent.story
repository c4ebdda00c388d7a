# 350 dollars a year make a member VIB. The cent that was missing gives no point of its own, but the welcome bonus; the
# purchase after it is the first that earns at the new rate.
program  like beauty, only sign-up welcome-vib welcome-rouge

on 2026-06-01T12:00
buy 349.99                  -> gives 399, tier insider
buy 0.01                    -> gives 100, tier vib
buy 10.00                   -> gives 12, measure spend 360.00, until 2027-12-31
