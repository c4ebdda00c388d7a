# Miles or segments make gold, both together platinum. A flight earns by the level that was held before it.
program  like airline, only

on 2026-02-01T11:00
buy 5000.00 flight bookingClass=F distance=10000 segments=1 and 5000.00 flight bookingClass=F distance=10000 segments=1 and 5000.00 flight bookingClass=F distance=10000 segments=1  -> gives 90000, tier gold
on 2026-02-02T11:00
buy 400.00 flight bookingClass=Y distance=300 segments=8 and 400.00 flight bookingClass=Y distance=300 segments=8 and 400.00 flight bookingClass=Y distance=300 segments=8 and 400.00 flight bookingClass=Y distance=300 segments=8 and 400.00 flight bookingClass=Y distance=300 segments=8  -> gives 3750, tier platinum
balance  -> measure qualifyingMiles 91500, measure segments 43
