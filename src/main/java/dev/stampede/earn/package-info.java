/** Earning points: by amount, as the program prices it, or by number. */
package dev.stampede.earn;
