/** An account as such: enrolling, its balance, and the balance as a stream of events. */
package dev.stampede.balance;
