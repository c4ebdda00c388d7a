package dev.stampede.points;

import java.util.List;
import java.util.UUID;

/**
 * Points set aside for a checkout.
 *
 * @param id that of the operation that made it
 * @param points how many
 * @param expiresAt when they return by themselves, in ms since the epoch
 * @param lots where they came from, soonest first
 */
public record Hold(UUID id, long points, long expiresAt, List<Lot> lots) {}
