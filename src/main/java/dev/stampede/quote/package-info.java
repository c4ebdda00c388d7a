/**
 * Quotes: what a purchase would earn, for somebody new, for a member that the caller describes, under the version in
 * force, another version, or a document that nobody has published. A quote is the decision of an earn, made in Java and
 * without its effects. It moves and reserves nothing, and reads no account.
 */
@NullMarked
package dev.stampede.quote;

import org.jspecify.annotations.NullMarked;
