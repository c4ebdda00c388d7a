/** What programme managers and agents do by hand on one account. */
@NullMarked
package dev.stampede.manage;

import org.jspecify.annotations.NullMarked;
