/**
 * Points arithmetic: values in, values out. Knows no framework, no clock, no I/O; imports only java. Atomic decisions
 * are made by the Lua library (resources/lua); all computation of points in Java is here.
 */
package dev.stampede.points;
