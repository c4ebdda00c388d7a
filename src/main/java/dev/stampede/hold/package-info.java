/** Setting points aside for a checkout, then taking them or giving them back. */
package dev.stampede.hold;
