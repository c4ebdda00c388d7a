/**
 * How operations and balances are shown: the records that the API's document describes, and the JSON writer of the
 * frequent answers.
 */
@NullMarked
package dev.stampede.http.view;

import org.jspecify.annotations.NullMarked;
