/** Setting points aside for a checkout, then capturing them or releasing them. */
package dev.stampede.hold;
