/** Setting points aside for a checkout, then capturing them or releasing them. */
@NullMarked
package dev.stampede.hold;

import org.jspecify.annotations.NullMarked;
