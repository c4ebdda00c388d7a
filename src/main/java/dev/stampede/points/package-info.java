/**
 * Points arithmetic: values in, values out. Knows no framework, no clock, no I/O; imports only java and JSpecify.
 * Atomic decisions are made by the Lua library (resources/lua); all computation of points in Java is here.
 * {@code MemberPoints} is the state of one account, with its {@code Lot}s, {@code Hold}s and {@code Maturing} points;
 * {@code Terms} are the rules of a program; {@code Refusal} lists every reason to decline.
 */
@NullMarked
package dev.stampede.points;

import org.jspecify.annotations.NullMarked;
