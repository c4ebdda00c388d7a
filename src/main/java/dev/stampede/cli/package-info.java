/**
 * The command line: one class per group of commands, which call a gateway over HTTP as any other client does.
 * {@code start} adds those that need the configuration or the ledger itself. Nothing of the project may be used here.
 */
@NullMarked
package dev.stampede.cli;

import org.jspecify.annotations.NullMarked;
