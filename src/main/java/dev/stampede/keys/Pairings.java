package dev.stampede.keys;

import dev.stampede.access.KeyText;
import dev.stampede.access.PairingCode;
import dev.stampede.access.RateLimit;
import dev.stampede.keys.Keys.Asker;
import io.smallrye.mutiny.Uni;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Open pairings in Postgres: only its functions read and write them, and record in the audit who did what. */
@ApplicationScoped
class Pairings {
    private static final String CREATE =
            "SELECT id, expires_at FROM create_pairing_3($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    private static final String CLAIM = "SELECT outcome, program, wait_seconds FROM claim_pairing($1, $2, $3, $4, $5)";

    private final Keys keys;

    Pairings(Keys keys) {
        this.keys = keys;
    }

    record Made(UUID id, Instant expiresAt) {}

    /**
     * What became of a claim.
     *
     * @param program that of the key that was made; null if none was
     * @param waitSeconds how long all claims are refused; 0 if they are not
     */
    record Claimed(Outcome outcome, @Nullable String program, int waitSeconds) {}

    enum Outcome {
        OK,
        PAIRING_NOT_FOUND,
        RATE_LIMITED
    }

    /**
     * Null if too many are open.
     *
     * @param bounds of the till's key; that it ends with the key that makes the pairing, Postgres knows by itself
     */
    Uni<@Nullable Made> create(
            String program, Asker asker, PairingCode code, String name, List<String> scopes, Bounds bounds) {
        RateLimit rateLimit = bounds.rateLimit();
        Tuple values = Tuple.of(
                        program, name, scopes.toArray(String[]::new), bounds.location(), Buffer.buffer(code.hash()))
                .addInteger(rateLimit == null ? null : rateLimit.perSecond())
                .addInteger(rateLimit == null ? null : rateLimit.burst())
                .addBuffer(Keys.bytes(bounds.certificateSha256()))
                .addString(asker.principal().id())
                .addString(asker.requestId());
        return keys.change(asker, CREATE, values).<@Nullable Made>map(row -> {
            OffsetDateTime until = row.getOffsetDateTime("expires_at");
            return until == null ? null : new Made(row.getUUID("id"), until.toInstant());
        });
    }

    /**
     * Makes the key, if the code is that of an open pairing, which ends with that.
     *
     * @param device the serial number of the till; null if it has not said
     */
    Uni<Claimed> claim(PairingCode code, KeyText key, @Nullable String device, String requestId) {
        Tuple values = Tuple.tuple()
                .addBuffer(Buffer.buffer(code.hash()))
                .addString(key.id())
                .addBuffer(Buffer.buffer(key.hash()))
                .addString(device)
                .addString(requestId);
        return keys.change(null, CLAIM, values).map(Pairings::claimed);
    }

    private static Claimed claimed(Row row) {
        return new Claimed(
                Outcome.valueOf(row.getString("outcome").toUpperCase(Locale.ROOT)),
                row.getString("program"),
                row.getInteger("wait_seconds"));
    }
}
