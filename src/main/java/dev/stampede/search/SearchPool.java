package dev.stampede.search;

import io.vertx.sqlclient.Pool;

/** The connections of searches, to the Postgres in which operations are sealed. */
public record SearchPool(Pool pool) {}
