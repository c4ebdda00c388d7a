/** The history of an account: its sealed operations, read from Postgres, newest first. */
@NullMarked
package dev.stampede.history;

import org.jspecify.annotations.NullMarked;
