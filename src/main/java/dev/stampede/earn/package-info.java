/** Earning points: for an amount, at the program's rate, or as a number of points. */
package dev.stampede.earn;
