/** Accounts: enrolment, the balance, and the balance as a stream of events. */
package dev.stampede.balance;
