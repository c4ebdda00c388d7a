/**
 * How an operation and a balance are told: the records that the API's document describes, and the writer of hot
 * answers.
 */
package dev.stampede.http.view;
