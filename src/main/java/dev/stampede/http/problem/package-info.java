/**
 * Every code with its status and title ({@code ProblemCode}), and the one place that turns what went wrong into
 * problem+json ({@code Problems}). A resource says with {@code Refuses} which codes it answers.
 */
package dev.stampede.http.problem;
