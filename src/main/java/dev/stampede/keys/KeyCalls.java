package dev.stampede.keys;

import dev.stampede.access.KeyBook;
import dev.stampede.access.KeyText;
import dev.stampede.access.RateLimit;
import dev.stampede.access.Scope;
import dev.stampede.gateway.Gateway;
import dev.stampede.http.problem.ProblemCode;
import dev.stampede.http.problem.ProblemException;
import dev.stampede.http.request.CallReader;
import dev.stampede.keys.KeyResource.KeyView;
import dev.stampede.keys.Keys.Asker;
import dev.stampede.program.ProgramBook;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What calls that make keys have in common. */
@ApplicationScoped
class KeyCalls {
    /** So long a change waits until this gateway knows it. */
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    static final String SHA_256 = "^[0-9a-f]{64}$";
    static final String SHA_256_EXAMPLE = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881";

    private final CallReader calls;
    private final ProgramBook programs;
    private final KeyBook book;
    private final Keys keys;
    private final Gateway gateway;

    KeyCalls(CallReader calls, ProgramBook programs, KeyBook book, Keys keys, Gateway gateway) {
        this.calls = calls;
        this.programs = programs;
        this.book = book;
        this.keys = keys;
        this.gateway = gateway;
    }

    /**
     * Who asks for something of a program that there is.
     *
     * @param parameters the query parameters that the call has; others are refused
     */
    Asker asker(String program, String... parameters) {
        calls.idOfProgram(program, parameters);
        if (!programs.programs().contains(program)) {
            throw new ProblemException(ProblemCode.PROGRAM_NOT_FOUND, "There is no program with this id.");
        }
        return new Asker(calls.caller(), calls.requestId());
    }

    /** The scopes of a new key, each once; nobody gives what he does not have. */
    static List<String> scopes(Asker asker, List<String> codes) {
        for (String code : codes) {
            if (Scope.of(code).isEmpty()) {
                throw ProblemException.malformed("scopes may have " + Scope.anyOf(Scope.ALL) + ".");
            }
        }
        if (codes.isEmpty()) {
            throw ProblemException.malformed("scopes is empty.");
        }
        mayGive(asker, codes);
        return Scope.codes(Scope.bits(codes));
    }

    /** Nobody gives what he does not have, neither by a new key nor by a new secret of one that has more. */
    static void mayGive(Asker asker, List<String> scopes) {
        List<String> has = Scope.codes(asker.principal().scopes());
        List<String> lacking =
                scopes.stream().filter(scope -> !has.contains(scope)).toList(); // also those of a later release
        if (!lacking.isEmpty()) {
            throw new ProblemException(
                    ProblemCode.FORBIDDEN,
                    "A key can only give scopes that it has itself; this one lacks " + String.join(", ", lacking)
                            + ".");
        }
    }

    /** What binds the caller's own key. */
    Uni<Bounds> bounds(String program, Asker asker) {
        return keys.one(program, asker, asker.principal().id()).map(own -> {
            if (own == null) {
                throw notFound();
            }
            return own.bounds();
        });
    }

    /**
     * The limit of a new key's calls, null for none.
     *
     * @param burst null for as many as per second
     */
    static @Nullable RateLimit rateLimit(@Nullable Long perSecond, @Nullable Long burst) {
        if (perSecond == null) {
            if (burst != null) {
                throw ProblemException.malformed("burst needs perSecond.");
            }
            return null;
        }
        return new RateLimit(Math.toIntExact(perSecond), Math.toIntExact(burst == null ? perSecond : burst));
    }

    /**
     * Tells the key itself, this once.
     *
     * @param asker null for a till that has claimed the key
     */
    Uni<Response> told(String program, @Nullable Asker asker, KeyText key) {
        return keys.changed(program, asker, key.id()).call(this::changed).map(found -> {
            if (found == null) {
                throw notFound();
            }
            return Response.status(Response.Status.CREATED)
                    .type(MediaType.APPLICATION_JSON_TYPE)
                    .entity(KeyView.of(found, key.text()))
                    .build();
        });
    }

    /** This gateway knows it when it answers, the others when they have heard. */
    Uni<Void> changed() {
        gateway.tellKeysChanged();
        return Uni.createFrom()
                .completionStage(() -> book.readSoon().toCompletionStage())
                .ifNoItem()
                .after(PATIENCE)
                .fail()
                .onFailure()
                .recoverWithNull();
    }

    static ProblemException notFound() {
        return new ProblemException(ProblemCode.KEY_NOT_FOUND, "The program has no key with this id.");
    }
}
