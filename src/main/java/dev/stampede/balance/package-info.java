/** Accounts: enrolment, the balance, and the balance as a stream of events. */
@NullMarked
package dev.stampede.balance;

import org.jspecify.annotations.NullMarked;
