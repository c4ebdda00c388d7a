package dev.stampede.onetransaction;

import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.hibernate.exception.ConstraintViolationException;
import org.hibernate.reactive.mutiny.Mutiny;
import org.jboss.resteasy.reactive.server.Cancellable;

/**
 * Earns and redeems in one Postgres transaction a request: the balance, guarded against an overdraft, then the entry,
 * whose primary key lets an {@code Idempotency-Key} take effect once. Bodies and answers are those of the gateway.
 */
@Path("/v1/programs/{program}/accounts/{account}")
@Cancellable(false) // a client that has gone must not leave a transaction behind
@Consumes(MediaType.APPLICATION_JSON)
@Produces(MediaType.APPLICATION_JSON)
public class PointsResource {
    private static final String EARN =
            """
            INSERT INTO account AS a (program, account, available, version) VALUES (:program, :account, :points, 1)
            ON CONFLICT (program, account)
              DO UPDATE SET available = a.available + excluded.available, version = a.version + 1
            RETURNING available, version""";
    private static final String REDEEM =
            """
            UPDATE account SET available = available + :points, version = version + 1
            WHERE program = :program AND account = :account AND available + :points >= 0
            RETURNING available, version""";

    private final Mutiny.SessionFactory sessions;

    PointsResource(Mutiny.SessionFactory sessions) {
        this.sessions = sessions;
    }

    /** Either points, or an amount of which each whole unit is a point. */
    record Request(Long points, BigDecimal amount, String currency, String reference) {
        long whole() {
            if ((points == null) == (amount == null)) {
                throw new WebApplicationException("either points or amount", 400);
            }
            long whole = points == null ? amount.setScale(0, RoundingMode.DOWN).longValueExact() : points;
            if (whole < 0) {
                throw new WebApplicationException("points are not negative", 400);
            }
            return whole;
        }
    }

    record LotView(long points, String on) {}

    record EntryView(String type, long points, long held, long pending, long debt, List<LotView> lots) {}

    record Explanation(String rule, long points, String text) {}

    record Balance(
            String account,
            long available,
            long held,
            long pending,
            long debt,
            long lifetimeEarned,
            List<LotView> expiring,
            String tier,
            long version,
            Instant asOf) {}

    record Operation(
            UUID id,
            String type,
            String account,
            long points,
            String key,
            String reference,
            String outcome,
            List<EntryView> entries,
            List<Explanation> explanation,
            String hold,
            UUID reverses,
            Balance balance,
            Instant createdAt) {

        /** As long as the gateway's: what this endpoint has no idea of is a constant. */
        static Operation of(Entry e) {
            return new Operation(
                    e.id,
                    e.type,
                    e.account,
                    e.points,
                    e.key,
                    e.reference,
                    "ok",
                    List.of(new EntryView(
                            e.type, e.points, 0, 0, 0, List.of(new LotView(e.points, "2027-11-30")))),
                    List.of(new Explanation("base", e.points, "42.50 EUR x 1 = 42.5, rounded down")),
                    null,
                    null,
                    new Balance(
                            e.account,
                            e.availableAfter,
                            0,
                            0,
                            0,
                            e.availableAfter,
                            List.of(new LotView(e.availableAfter, "2027-11-30")),
                            null,
                            e.version,
                            e.createdAt),
                    e.createdAt);
        }
    }

    @POST
    @Path("/earn")
    public Uni<Response> earn(
            @PathParam("program") String program,
            @PathParam("account") String account,
            @HeaderParam("Idempotency-Key") String key,
            Request request) {
        return move(entry("earn", program, account, key, request.whole(), request));
    }

    @POST
    @Path("/redeem")
    public Uni<Response> redeem(
            @PathParam("program") String program,
            @PathParam("account") String account,
            @HeaderParam("Idempotency-Key") String key,
            Request request) {
        return move(entry("redeem", program, account, key, -request.whole(), request));
    }

    private static Entry entry(String type, String program, String account, String key, long points, Request request) {
        if (key == null || key.isEmpty() || key.length() > 255) {
            throw new WebApplicationException("an Idempotency-Key is needed", 400);
        }
        Entry entry = new Entry();
        entry.program = program;
        entry.account = account;
        entry.key = key;
        entry.id = UUID.randomUUID();
        entry.type = type;
        entry.points = points;
        entry.fingerprint = Integer.toHexString(Objects.hash(type, request));
        entry.reference = request.reference;
        entry.createdAt = Instant.now();
        return entry;
    }

    private Uni<Response> move(Entry entry) {
        return sessions.withStatelessTransaction(session -> session.createNativeQuery(
                                entry.type.equals("earn") ? EARN : REDEEM, Object[].class)
                        .setParameter("program", entry.program)
                        .setParameter("account", entry.account)
                        .setParameter("points", entry.points)
                        .getSingleResultOrNull()
                        .chain(row -> {
                            if (row == null) {
                                // nothing was written; it may be a repetition of what has emptied the account
                                return Uni.createFrom().item((Response) null);
                            }
                            entry.availableAfter = ((Number) row[0]).longValue();
                            entry.version = ((Number) row[1]).longValue();
                            return session.insert(entry).replaceWith(() -> Response.status(201)
                                    .entity(Operation.of(entry))
                                    .build());
                        }))
                // the key was used: all of the transaction is undone
                .onFailure(ConstraintViolationException.class)
                .recoverWithItem((Response) null)
                .chain(done -> done != null ? Uni.createFrom().item(done) : answered(entry));
    }

    /** What was answered to the key before, or why nothing could be done. */
    private Uni<Response> answered(Entry again) {
        return sessions.withStatelessSession(
                        session -> session.get(Entry.class, new Entry.Key(again.program, again.account, again.key)))
                .map(before -> {
                    if (before == null) {
                        return problem(422, "insufficient_points");
                    }
                    if (!before.fingerprint.equals(again.fingerprint)) {
                        return problem(422, "idempotency_key_reused");
                    }
                    return Response.ok(Operation.of(before))
                            .header("Idempotency-Replayed", "true")
                            .build();
                });
    }

    private static Response problem(int status, String code) {
        return Response.status(status)
                .type("application/problem+json")
                .entity("{\"status\":" + status + ",\"code\":\"" + code + "\"}")
                .build();
    }
}
