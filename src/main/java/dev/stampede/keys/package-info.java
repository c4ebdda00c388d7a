/** API keys of a program: making, listing, rotating and revoking them. The secret is told once and never stored. */
@NullMarked
package dev.stampede.keys;

import org.jspecify.annotations.NullMarked;
