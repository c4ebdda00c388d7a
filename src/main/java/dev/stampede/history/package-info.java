/** The history of an account: its sealed operations, read from Postgres, newest first. */
package dev.stampede.history;
