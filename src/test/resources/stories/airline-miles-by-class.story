# Miles are distance times the factor of the booking class, 500 at least for each flight, doubled in front. A seat earns
# by its price. Class X is an award ticket: it earns nothing.
program  like airline

on 2026-10-10T12:00
buy 800.00 flight bookingClass=J distance=3635 segments=1 and 300.00 flight bookingClass=Q distance=3635 segments=1 and 100.00 flight bookingClass=Y distance=214 segments=1 and 25.90 seat  -> gives 16048
balance  -> measure qualifyingMiles 8392, measure segments 3, progress four-months 1
on 2026-10-11T12:00
buy 0.00 flight bookingClass=X distance=3635 segments=1                 -> gives 0
balance  -> measure qualifyingMiles 8392, measure segments 3
