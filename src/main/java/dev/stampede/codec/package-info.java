/**
 * The texts in which Java and Lua tell each other what a programme asks and decides: awards, claims and reversals one
 * way, members, explanations and parts the other. Whatever both write is canonical: the same bytes for the same value.
 * Knows {@code award}, and nothing else of the project but {@code points}.
 *
 * <p>Start at {@link dev.stampede.codec.AwardText} (what is asked) and {@link dev.stampede.codec.MemberText}.
 */
@NullMarked
package dev.stampede.codec;

import org.jspecify.annotations.NullMarked;
