/** Redemption codes at a till: to look one up, and to use it up once. */
@NullMarked
package dev.stampede.codes;

import org.jspecify.annotations.NullMarked;
