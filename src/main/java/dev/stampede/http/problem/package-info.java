/**
 * Every code with its status and title ({@code ProblemCode}), and the one place that turns errors into problem+json
 * ({@code Problems}). A resource declares with {@code Refuses} which codes it answers.
 */
@NullMarked
package dev.stampede.http.problem;

import org.jspecify.annotations.NullMarked;
