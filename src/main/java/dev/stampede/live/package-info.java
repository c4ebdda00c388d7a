/**
 * What all gateways do at the moment: each tells the others once a second what it has done, and each adds up what it
 * hears. Information, which decides nothing: a second may be missing, or lack a gateway.
 */
@NullMarked
package dev.stampede.live;

import org.jspecify.annotations.NullMarked;
