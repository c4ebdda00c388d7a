/**
 * Points arithmetic: values in, values out. Knows no framework, no clock, no I/O; imports nothing but java. What is
 * decided atomically is decided by the Lua library (resources/lua); what Java computes of points, it computes here.
 */
package dev.stampede.points;
